/** ch4 cp: docker cp's rules, both ways, beside a container that runs and one that has ended; and nobody is led out. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Result, run, start } from '#support/cli'
import { baseName, besideContainer, ch4, ended, importBase, nothingOfContainers, refused } from '#support/containers'
import { needs } from '#support/needs'
import { newWorld, nonce } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native')
const cp = (...args: string[]): Promise<Result> => run(world, ['ch4', 'cp', ...args], { seconds: 60 })
const copied = (...args: string[]): Promise<Result> => ch4(world, ['cp', ...args])

test.before(() => importBase(world))

const content =
  'mkdir -p /src/sub; echo f >/src/file; echo s >/src/sub/s; ln -s file /src/link; ln /src/file /src/hard; chown 7:8 /src/file; chmod 4755 /src/file; echo v >/vol/v'

/** The same for both: running, the worker goes by /proc/<pid>/root; ended, it mounts the snapshot and the volumes. */
async function outOf(name: string): Promise<void> {
  const to = world.directoryOf({ file: 'old' })
  await copied(`${name}:/src/file`, `${to}/new`)
  assert.is(fs.readFileSync(`${to}/new`, 'utf8'), 'f\n')
  const stat = fs.statSync(`${to}/new`)
  assert.equal([stat.uid, stat.gid, stat.mode & 0o7777], [0, 0, 0o755]) // whose it becomes, so no setuid
  await copied('-a', `${name}:src/file`, to) // into a directory, over what is there
  const kept = fs.statSync(`${to}/file`)
  assert.equal([kept.uid, kept.gid, kept.mode & 0o7777, kept.size], [7, 8, 0o4755, 2])
  await copied(`${name}:/src`, `${to}/fresh`) // no such directory: it becomes it
  assert.equal(fs.readdirSync(`${to}/fresh`).sort(), ['file', 'hard', 'link', 'sub'])
  await copied(`${name}:/src`, to) // there is one: into it
  assert.ok(fs.existsSync(`${to}/src/sub/s`))
  await copied(`${name}:/src/.`, `${to}/fresh`) // what is in it
  assert.not.ok(fs.existsSync(`${to}/fresh/src`))
  assert.is(fs.statSync(`${to}/src/hard`).ino, fs.statSync(`${to}/src/file`).ino)
  assert.is(fs.readlinkSync(`${to}/src/link`), 'file')
  await copied('-L', `${name}:/src/link`, `${to}/followed`)
  assert.is(fs.readFileSync(`${to}/followed`, 'utf8'), 'f\n')
  await copied(`${name}:/vol/v`, to)
  assert.is(fs.readFileSync(`${to}/v`, 'utf8'), 'v\n')
  const { output } = await copied(`${name}:/src/sub`, '-')
  assert.is(execFileSync('tar', ['-xO', 'sub/s'], { input: output }).toString(), 's\n')
  refused(await cp(`${name}:/nope`, to), /'\/nope': there is none/)
  refused(await cp(`${name}:/src/file`, `${to}/none/`), /no such directory/)
  refused(await cp(`${name}:/src/file`, `${to}/none/deeper`), /there is none on the host/)
  refused(await cp(`${name}:/src`, `${to}/new`), /is not a directory/)
}

async function into(name: string, look: (script: string) => Promise<string>): Promise<void> {
  const from = world.directoryOf({ 'd/one': '1', 'd/sub/two': '2', plain: 'p' })
  fs.chownSync(`${from}/plain`, 1234, 1234)
  fs.chmodSync(`${from}/plain`, 0o640)
  await copied(`${from}/plain`, `${name}:/tmp`)
  await copied('-a', `${from}/plain`, `${name}:/tmp/kept`)
  await copied(`${from}/d`, `${name}:/tmp`)
  await copied(`${from}/d/.`, `${name}:/made`)
  await copied(`${from}/d`, `${name}:/made`)
  const archive = execFileSync('tar', ['-C', from, '-c', 'd'])
  await ch4(world, ['cp', '-', `${name}:/opt`], { input: archive })
  const shown = await look('stat -c "%u %a" /tmp/plain /tmp/kept; cat /tmp/d/sub/two /made/one /made/d/one /opt/d/one')
  assert.is(shown, '0 640\n1234 640\n2111')
  refused(await cp(`${from}/plain`, `${name}:/no/such/place`), /'\/no\/such': there is no such directory/)
  refused(await cp(`${from}/plain`, `${name}:/no/`), /no such directory/)
  refused(await cp(`${from}/d`, `${name}:/etc/passwd`), /'\/etc\/passwd': is not a directory/)
  refused(await cp(`${from}/plain`, `${name}:/etc/passwd/`), /is not a directory/)
  refused(await cp(`${from}/nope`, `${name}:/tmp`), /there is none on the host/)
  refused(await cp(`${from}/plain/`, `${name}:/tmp`), /is not a directory/)
  refused(await run(world, ['ch4', 'cp', '-', `${name}:/tmp`], { input: 'no archive' }), /archive/)
}

asRoot('files come out and go in by the rules of docker cp when the container has ended', async () => {
  await ended(world, 'over', content, '-v', 'vol:/vol')
  await outOf('over')
  await into('over', async script => {
    const image = `look:${nonce()}`
    await ch4(world, ['commit', 'over', image])
    return (await ch4(world, ['run', '--rm', image, 'sh', '-c', script])).stdout
  })
  await ch4(world, ['rm', 'over'])
  await nothingOfContainers(world)
})

asRoot('files come out and go in by the rules of docker cp when the container runs', async () => {
  const body = async (): Promise<void> => {
    await outOf('live')
    await into('live', async script => (await run(world, ['ch3', 'exec', 'live', 'sh', '-c', script])).stdout)
  }
  await besideContainer(world, 'live', content, body, '-v', 'vol:/vol')
  await nothingOfContainers(world)
})

asRoot('links of the container lead within it when they name the host', async () => {
  const secret = world.directoryOf({ secret: nonce() })
  const links = `ln -s ${secret} /out; ln -s ${secret}/secret /file; ln -s ../../../../../../..${secret} /up; ln -s / /root-link`
  await besideContainer(world, 'linked', links, async () => {
    const to = world.directoryOf({})
    for (const flags of [[], ['-L']]) {
      refused(await cp(...flags, 'linked:/out/secret', to), /there is none/)
      refused(await cp(...flags, 'linked:/up/secret', to), /there is none/)
    }
    refused(await cp('-L', 'linked:/file', to), /there is none/)
    fs.writeFileSync(`${to}/planted`, 'x')
    assert.is((await cp(`${to}/planted`, 'linked:/out')).code, 125) // it leads to nowhere inside
    assert.is((await cp(`${to}/planted`, 'linked:/out/planted')).code, 125)
    assert.equal(fs.readdirSync(secret), ['secret'])
    await copied(`${to}/planted`, 'linked:/root-link/tmp/planted')
    assert.is((await run(world, ['ch3', 'exec', 'linked', 'cat', '/tmp/planted'])).stdout, 'x')
  })
})

asRoot(
  'nothing of the host is read or written when the container swaps a directory for a link all the time',
  async () => {
    const host = world.directoryOf({ 'deep/target': 'of the host' })
    const script = `mkdir -p /d/deep; echo inside >/d/deep/target; (while :; do mv /d /kept; ln -s ${host} /d; rm /d; mv /kept /d; done) &`
    await besideContainer(world, 'swapping', script, async () => {
      const from = world.directoryOf({ written: 'w' })
      for (let round = 0; round < 8; round++) {
        const to = world.directoryOf({})
        await Promise.all([
          cp('swapping:/d/deep/target', `${to}/one`),
          cp('swapping:/d', `${to}/all`),
          cp(`${from}/written`, 'swapping:/d/deep'),
        ])
        // it may be the link itself that was copied, as cp copies links: then there is nothing of ours to look at
        const isLink = fs.lstatSync(`${to}/all`, { throwIfNoEntry: false })?.isSymbolicLink()
        for (const file of isLink ? ['one'] : ['one', 'all/deep/target']) {
          if (fs.existsSync(`${to}/${file}`)) assert.is(fs.readFileSync(`${to}/${file}`, 'utf8'), 'inside\n')
        }
        assert.equal(fs.readdirSync(`${host}/deep`), ['target'])
        assert.is(fs.readFileSync(`${host}/deep/target`, 'utf8'), 'of the host')
      }
    })
    await nothingOfContainers(world)
  },
)

asRoot('an archive on stdin stays within the container when it climbs', async () => {
  await ended(world, 'target', ':')
  const outside = world.directoryOf({})
  const script = `
import io, sys, tarfile
t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|')
def link(name, to):
    i = tarfile.TarInfo(name); i.type = tarfile.SYMTYPE; i.linkname = to; t.addfile(i)
def file(name):
    i = tarfile.TarInfo(name); i.size = 1; t.addfile(i, io.BytesIO(b'x'))
${'link("l", sys.argv[1]); file("l/through")'}
t.close()`
  const archive = execFileSync('python3', ['-c', script, outside])
  await run(world, ['ch4', 'cp', '-', 'target:/tmp'], { input: archive })
  assert.equal(fs.readdirSync(outside), [])
  await ch4(world, ['rm', 'target'])
})

asRoot('cp refuses in one line when it is told what cannot be', async () => {
  refused(await cp('a', 'b'), /neither side is a container/)
  refused(await cp('a:/x', 'b:/y'), /one side has to be on the host/)
  refused(await cp('a:/x'), /a source and a target/)
  refused(await cp('nobody:/x', '.'), /container 'nobody'/)
  refused(await cp('a:', '.'), /has no path/)
})

asRoot('cp says that it has ended when the container ends meanwhile', async () => {
  const cli = start(world, [
    'ch4',
    'run',
    '--name',
    'brief',
    baseName,
    'sh',
    '-c',
    'head -c 100000000 /dev/zero >/big; echo up; sleep 1',
  ])
  await cli.says(/up/)
  const { code } = await cp('brief:/big', world.path())
  assert.ok(code === 0 || code === 125)
  await cli.done
  await ch4(world, ['rm', 'brief'])
  await nothingOfContainers(world)
})

test.run()
