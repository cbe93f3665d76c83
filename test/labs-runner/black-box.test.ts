import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { probeFacts } from '#core/sys/probe'
import { gradeBlackBox } from '#labs/runner/grade/black-box'
import { missingFor } from '#labs/runner/grade/effects'
import type { Results } from '#labs/runner/grade/results'
import { labLines } from '#labs/runner/report/text'
import { cliPath, run } from '#support/cli'
import { needs } from '#support/needs'
import { hostMounts, newWorld } from '#support/world'

const world = newWorld()

/** A chroot jail in the shell: another language than ours, and as wrong as we want it. */
function tool(run: string): string {
  const path = world.path()
  const script = `#!/bin/sh
user=0 ; env=''
while :; do case $1 in
  --rootfs) root=$2; shift 2;;
  --env) env="$env $2"; shift 2;;
  --user) user=$2; shift 2;;
  --hostname) shift 2;;
  --) shift; break;;
  *) shift;; # its own words
esac; done
PATH_INSIDE=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
${run}
`
  fs.writeFileSync(path, script, { mode: 0o755 })
  return path
}
const good = 'exec env -i PATH=$PATH_INSIDE $env /usr/sbin/chroot --userspec=$user --groups= "$root" "$@"'
const failedOf = async (chapter: string, bin: string): Promise<string[]> =>
  (await gradeBlackBox(chapter, bin)).checks.filter(({ status }) => status === 'failed').map(({ id }) => id)

needs(
  'root',
  'inside',
  'native',
)('a tool in the shell gets its points when chroot(1) does the work', async () => {
  const result = await gradeBlackBox('ch1', `${tool(good)} run`)
  assert.equal(
    result.checks.filter(({ status }) => status === 'failed').map(({ id }) => id),
    [],
    JSON.stringify(result.checks),
  )
  assert.is(result.points, result.of)
})

needs(
  'root',
  'inside',
  'native',
)('a tool loses the points of what it gets wrong when one thing is wrong', async () => {
  assert.equal(await failedOf('ch1', tool(good.replace('env -i ', 'env '))), ['environment-of-its-own'])
  assert.equal(await failedOf('ch1', tool(good.replace('--userspec=$user --groups= ', ''))), ['becomes-the-user'])
  assert.equal(await failedOf('ch1', tool(`${good.replace('exec ', '')} || exit 1`)), [
    'passes-the-exit-code-on',
    'tells-of-a-signal',
    'not-found',
    'not-executable',
  ])
})

needs(
  'root',
  'inside',
  'native',
)('a jail is no container when it is graded by the next chapter', async () => {
  const failed = await failedOf('ch2', tool(good))
  for (const id of ['namespaces-of-its-own', 'number-one', 'host-is-gone', 'devices'])
    assert.ok(failed.includes(id), failed.join())
})

needs(
  'root',
  'inside',
  'native',
)('our own tool gets every point when it is graded as a black box', async () => {
  for (const chapter of ['ch1', 'ch2']) {
    const { status, points, of } = await gradeBlackBox(chapter, `${process.execPath} ${cliPath} ${chapter} run`)
    assert.equal([status, points, of], ['passed', 10, 10])
  }
})

needs(
  'root',
  'inside',
  'native',
)('the machine is as it was when a tool tries to change it', async () => {
  const place = `${world.directory}/touched`
  const before = hostMounts()
  await gradeBlackBox('ch1', tool(`touch ${place}; mount -t tmpfs tmpfs /mnt; hostname gone; ${good}`))
  assert.not.ok(fs.existsSync(place))
  assert.is(hostMounts(), before)
  assert.not.match(fs.readFileSync('/proc/sys/kernel/hostname', 'utf8'), /gone/)
})

needs(
  'root',
  'inside',
  'native',
)('lab check --bin prints what every check prints when it is asked', async () => {
  const { code, stdout } = await run(world, ['lab', 'check', '--chapter', '1', '--bin', `${tool(good)} run`, '--json'])
  const results = JSON.parse(stdout) as Results
  assert.equal([code, results.points, results.of], [0, 10, 10])
  assert.is(results.labs[0]!.lab, 'black-box/ch1')
  const failing = await run(world, ['lab', 'check', '--chapter', 'ch2', '--bin', tool(good)])
  assert.is(failing.code, 1)
  assert.match(failing.stdout, /read +\S*site\/labs\/black-box\.md#ch2-namespaces-of-its-own\n/)
  for (const said of [failing.stdout, labLines(results.labs[0]!).join()])
    assert.not.match(said, /lab (hint|diff|next)/, 'they are for labs of our own')
})

test('lab check --bin says what is wrong when it is asked for two things', async () => {
  for (const [args, says] of [
    [['--bin', 'x'], /goes with one --chapter/],
    [['--chapter', '1', '--bin', 'x', '--plan'], /does not go with --plan/],
    [['--chapter', '9', '--bin', 'x'], /labs of '9': there are none/],
  ] as const) {
    const { code, stderr } = await run(world, ['lab', 'check', ...args])
    assert.is(code, 125)
    assert.match(stderr, says)
  }
})

test('gradeBlackBox() says what is missing when there is no such tool or chapter', async () => {
  const message = async (chapter: string, bin: string): Promise<string> => {
    try {
      await gradeBlackBox(chapter, bin)
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }
  assert.match(await message('ch1', './nothing-here run'), /program '.\/nothing-here': is not there/)
  assert.match(await message('ch9', '/bin/true'), /chapter 'ch9': no tool is graded by it/)
})

/** A tool of ours in another's place. @param words what it is told before what the grader tells it */
function ours(words: string, dropped = ''): string {
  const path = world.path()
  const script = `#!/bin/sh
words=''
while [ "$1" != -- ]; do
  case "${dropped}" in *"$1"*) shift 2;; *) words="$words $1"; shift;; esac
done
exec ${process.execPath} ${cliPath} ${words} $words "$@"
`
  fs.writeFileSync(path, script, { mode: 0o755 })
  return path
}
/** The cgroups of rooms. */
const rooms = (): string[] =>
  probeFacts().hierarchies.flatMap(({ home }) =>
    fs.readdirSync(home).flatMap(name => (name.startsWith('mini-docker-room.') ? [`${home}/${name}`] : [])),
  )
const noPid = 2 ** 22 + 1

needs(
  'inside',
  'native',
  ...missingFor(['root', 'cgroups']),
)('a tool of ch3 gets its points when it keeps limits, and none when it forgets them', async () => {
  const left = probeFacts().hierarchies.map(({ home }) => `${home}/mini-docker-room.${noPid}`)
  for (const path of left) fs.mkdirSync(path) // as a room that was killed leaves them
  const { points, of, checks } = await gradeBlackBox('ch3', ours('ch3 run'))
  assert.is(points, of, JSON.stringify(checks))
  assert.equal(
    rooms().filter(path => left.includes(path) || path.endsWith(`.${process.pid}`)),
    [],
    'dead rooms are removed',
  )
  const forgets = await gradeBlackBox('ch3', ours('ch2 run', '--memory --pids-limit --cpus'))
  assert.is(forgets.points, 0, JSON.stringify(forgets.checks))
})

/** Our ch4 with one thing wrong. @param words of the shell, which see the command as $1 */
function images(words = ''): string {
  const path = world.path()
  fs.writeFileSync(path, `#!/bin/sh\n${words}\nexec ${process.execPath} ${cliPath} ch4 "$@"\n`, { mode: 0o755 })
  return path
}

needs(
  'inside',
  'native',
  ...missingFor(['root', 'tar']),
)('a tool of ch4 gets its points when images stay as they are, and loses them where they do not', async () => {
  const { points, of, checks } = await gradeBlackBox('ch4', images())
  assert.is(points, of, JSON.stringify(checks))
  assert.equal(await failedOf('ch4', images('test "$1" != save || exit 1')), ['save-and-load'])
  assert.equal(await failedOf('ch4', images('test "$1" != load || exit 0')), [
    'whiteouts',
    'order-means-nothing',
    'refuses-what-is-wrong',
  ])
})

/** A client of registries that believes everything, has no patience, and cannot push. Containers are ch4's. */
function credulous(): string {
  const path = world.path()
  const script = `#!${process.execPath}
const { execFileSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const { gunzipSync } = require('node:zlib')
const [verb, ...words] = process.argv.slice(2)
const ch4 = (...words) => execFileSync('${process.execPath}', ['${cliPath}', 'ch4', ...words], { stdio: 'inherit' })
const here = name => 'box/' + createHash('md5').update(name).digest('hex') + ':latest'
async function pull(name) {
  const [, host, repository, reference] = /^([^/]+)\\/([^:@]+)[:@](.+)$/.exec(name)
  let headers = {}
  const get = async path => {
    const answer = await fetch('http://' + host + '/v2/' + repository + path, { headers, redirect: 'manual' })
    if (answer.status === 401) {
      const [, realm, scope] = /realm="([^"]+)".*scope="([^"]+)"/.exec(answer.headers.get('www-authenticate'))
      const { token } = await (await fetch(realm + '?scope=' + scope)).json()
      headers = { authorization: 'Bearer ' + token }
      return get(path)
    }
    const last = answer.status === 307 ? await fetch(answer.headers.get('location'), { headers }) : answer
    if (!last.ok) throw new Error(last.status)
    return Buffer.from(await last.arrayBuffer())
  }
  const { config, layers } = JSON.parse(await get('/manifests/' + reference))
  const directory = fs.mkdtempSync('image-')
  fs.writeFileSync(directory + '/config.json', await get('/blobs/' + config.digest))
  const Layers = layers.map((_, i) => i + '.tar')
  for (const [i, { digest }] of layers.entries())
    fs.writeFileSync(directory + '/' + Layers[i], gunzipSync(await get('/blobs/' + digest)))
  fs.writeFileSync(directory + '/manifest.json', JSON.stringify([{ Config: 'config.json', RepoTags: [here(name)], Layers }]))
  execFileSync('tar', ['-C', directory, '-cf', directory + '.tar', '.'])
  ch4('load', '-i', directory + '.tar')
}
async function main() {
  if (verb === 'pull') return pull(words[0])
  if (verb === 'push') throw new Error('cannot push')
  return verb === 'run' ? ch4('run', here(words[0]), ...words.slice(1)) : ch4(verb, ...words)
}
main().catch(error => {
  console.error(error.message)
  process.exitCode = error.status ?? 1
})
`
  fs.writeFileSync(path, script, { mode: 0o755 })
  return path
}

/** Our ch5, with one thing wrong. @param words of the shell, as above */
function registryClient(words = ''): string {
  const path = world.path()
  const script = `#!/bin/sh
case $1 in pull|push|run) chapter=ch5;; *) chapter=ch4;; esac
${words}
exec ${process.execPath} ${cliPath} $chapter "$@"
`
  fs.writeFileSync(path, script, { mode: 0o755 })
  return path
}

needs(
  'inside',
  'native',
  ...missingFor(['root', 'tar']),
)('a tool of ch5 gets its points when it doubts what it is sent, and loses them where it does not', async () => {
  const { points, of, checks } = await gradeBlackBox('ch5', registryClient())
  assert.is(points, of, JSON.stringify(checks))
  assert.equal(await failedOf('ch5', credulous()), [
    'fetches-what-is-missing',
    'refuses-a-manifest',
    'pull-goes-on',
    'token-stays',
    'pushes',
    'push-survives-a-cut',
  ])
  assert.equal(await failedOf('ch5', registryClient('test "$1" != pull || exit 0')), [
    'refuses-a-layer',
    'refuses-a-manifest',
  ])
  assert.equal(await failedOf('ch5', registryClient('test "$1" != push || exit 0')), ['pushes', 'push-survives-a-cut'])
})

test.run()
