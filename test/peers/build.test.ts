/**
 * `ch4 build` and buildah make the same of one Dockerfile: the same config fields, and the same files with the same owners and
 * modes. Unpacked by umoci, which owes nothing to either.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '#support/cli'
import { isThere, needs } from '#support/needs'
import { newWorld, type World } from '#support/world'

const needed = ['root', 'native', 'buildah', 'skopeo', 'umoci', 'busybox']
const withPeers = needs(...needed)
const world = needed.every(isThere) ? newWorld() : (null as unknown as World)
const lines = (...all: readonly string[]): string => all.map(line => `${line}\n`).join('')

const Dockerfile = lines(
  'FROM scratch AS tools',
  'COPY base/ /',
  'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
  'FROM tools AS made',
  'ARG WORD=usual',
  'ENV NAME=value OTHER="a b" PATH_TOO=$PATH',
  'WORKDIR /w/deep',
  'COPY a b.txt ./',
  'COPY tree /tree',
  'COPY --chown=web:www tree/sub /owned/',
  'COPY --chmod=711 a /x/modes',
  'ADD packed.tar /packed/',
  'RUN echo $WORD $NAME > out && ln -s out link && mkdir -p /gone/away && chown 7:8 out',
  'RUN rm -r /gone b.txt && ln /tree/f /tree/hard && mkfifo /pipe',
  'FROM tools',
  'COPY --from=made /w /w',
  'COPY --from=made /tree/sub/ /from/',
  'USER web',
  'WORKDIR /w',
  'RUN id > /tmp/who',
  'EXPOSE 80 53/udp',
  'VOLUME /data',
  'LABEL a="b c" d=e',
  'STOPSIGNAL SIGINT',
  'ENTRYPOINT ["/bin/sh", "-c"]',
  'CMD ["id"]',
)

function context(): string {
  const place = world.directoryOf({
    a: 'a',
    'b.txt': 'b',
    'tree/f': 'f',
    'tree/sub/g': 'g',
    Dockerfile,
    // both put their own over these: buildah leaves what it made for that in a layer, where it was missing
    'base/etc/hosts': '',
    'base/etc/resolv.conf': '',
    'base/etc/hostname': '',
    'base/etc/passwd': 'root:x:0:0::/root:/bin/sh\nweb:x:7:8::/w:/bin/sh\n',
    'base/etc/group': 'root:x:0:\nwww:x:8:\n',
  })
  for (const name of ['bin', 'dev', 'proc', 'run', 'sys', 'tmp', 'root']) fs.mkdirSync(`${place}/base/${name}`)
  fs.chmodSync(`${place}/base/tmp`, 0o1777)
  const busybox = execFileSync('sh', ['-c', 'readlink -f "$(command -v busybox)"'], { encoding: 'utf8' }).trim()
  fs.copyFileSync(busybox, `${place}/base/bin/busybox`)
  fs.chmodSync(`${place}/base/bin/busybox`, 0o755)
  fs.chmodSync(`${place}/tree/sub`, 0o2750)
  fs.symlinkSync('../a', `${place}/tree/up`)
  execFileSync('tar', ['-C', `${place}/tree`, '--owner=7', '--group=8', '-cf', `${place}/packed.tar`, 'f', 'sub'])
  return place
}

interface Made {
  readonly config: Readonly<Record<string, unknown>>
  readonly files: readonly string[]
}

/** @param source as skopeo names it */
function lookAt(source: string): Made {
  const layout = world.path()
  execFileSync('skopeo', ['--insecure-policy', 'copy', '-q', source, `oci:${layout}:made`])
  const bundle = world.path()
  execFileSync('umoci', ['unpack', '--image', `${layout}:made`, bundle], { stdio: 'ignore' })
  const { config } = JSON.parse(
    execFileSync('skopeo', ['inspect', '--config', `oci:${layout}:made`], { encoding: 'utf8' }),
  )
  const format = '%P %y %m %U:%G %l\\n'
  const listed = execFileSync('find', [`${bundle}/rootfs`, '-mindepth', '1', '-printf', format], { encoding: 'utf8' })
  const files = listed.split('\n').filter(line => line !== '')
  return { config, files: files.map(line => withContent(`${bundle}/rootfs`, line)).sort() }
}

/** A directory's mode and owner, and of a file what is in it as well. */
function withContent(root: string, line: string): string {
  const path = line.slice(0, line.indexOf(' '))
  const stat = fs.lstatSync(`${root}/${path}`)
  if (!stat.isFile()) return line
  return `${line} ${createHash('sha256')
    .update(fs.readFileSync(`${root}/${path}`))
    .digest('hex')}`
}

withPeers('the image is that of buildah when both build the same Dockerfile', async () => {
  const place = context()
  const store = [
    '--storage-driver',
    'vfs',
    '--root',
    `${world.directory}/peer`,
    '--runroot',
    `${world.directory}/peer-run`,
  ]
  const theirs = ['bud', '-q', '--isolation', 'chroot', '--network', 'host', '--format', 'oci', '-t', 'peer', place]
  execFileSync('buildah', [...store, ...theirs], { stdio: 'pipe' })
  execFileSync('buildah', [...store, 'push', '-q', 'peer', `oci:${world.directory}/peer-oci:peer`], { stdio: 'pipe' })
  const ours = await run(world, ['ch4', 'build', '-q', '-t', 'ours', place], { seconds: 120 })
  assert.is(ours.code, 0, ours.stderr)
  const [own, peer] = [`oci:${world.data}/store:ours:latest`, `oci:${world.directory}/peer-oci:peer`].map(lookAt)
  assert.equal(own!.files, peer!.files)
  assert.equal(fieldsOf(own!.config), fieldsOf(peer!.config))
})

/** Buildah says of itself in a label which version made the image. */
function fieldsOf({ Labels, ...config }: Made['config']): Made['config'] {
  const labels = Object.entries(Labels ?? {}).filter(([name]) => name !== 'io.buildah.version')
  return { ...config, Labels: Object.fromEntries(labels) }
}

test.run()
