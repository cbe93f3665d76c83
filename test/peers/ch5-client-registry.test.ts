/** ch5's client and Debian's docker-registry, with skopeo as a third: with and without passwords and TLS, byte for byte. */

import { execFileSync, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import * as net from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Options, run, start } from '#support/cli'
import { freePort } from '#support/free-port'
import { needs } from '#support/needs'
import { slowCable } from '#support/slow-cable'
import { ch4, imported } from '#support/store'
import { newWorld, nonce, until, type World } from '#support/world'

const withPeers = needs('root', 'native', 'docker-registry', 'skopeo', 'htpasswd', 'openssl')
const world = newWorld()
const password = nonce()
const sh = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' })
const ch5 = (where: World, args: readonly string[], options: Options = {}) =>
  run(where, ['ch5', ...args], { seconds: 120, ...options })

interface Peer {
  readonly host: string
  stop(): Promise<void>
}

async function openPeer({ auth, tls }: { readonly auth?: true; readonly tls?: true }): Promise<Peer> {
  const at = world.path()
  fs.mkdirSync(`${at}/root`, { recursive: true })
  const host = `127.0.0.1:${await freePort()}`
  if (auth) fs.writeFileSync(`${at}/htpasswd`, sh('htpasswd', '-Bbn', 'ann', password))
  if (tls) {
    const subject = ['-subj', '/CN=peer', '-addext', 'subjectAltName=IP:127.0.0.1']
    sh(
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      `${at}/key`,
      '-out',
      `${at}/cert`,
      ...subject,
    )
  }
  const config = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: `${at}/root` }, delete: { enabled: true } },
    http: { addr: host, ...(tls && { tls: { certificate: `${at}/cert`, key: `${at}/key` } }) },
    ...(auth && { auth: { htpasswd: { realm: 'peer', path: `${at}/htpasswd` } } }),
  }
  fs.writeFileSync(`${at}/config.yml`, JSON.stringify(config)) // JSON is YAML
  const child = spawn('docker-registry', ['serve', `${at}/config.yml`], { stdio: 'ignore' })
  const [address, port] = host.split(':')
  for (let tries = 0; ; tries++) {
    const up = await new Promise<boolean>(resolve => {
      const socket = net.connect(Number(port), address!, () => resolve(true)).on('error', () => resolve(false))
      socket.unref()
      setTimeout(() => socket.destroy(), 200)
    })
    if (up) break
    assert.ok(tries < 100, 'docker-registry does not come up')
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return {
    host,
    async stop() {
      const gone = new Promise(resolve => child.on('exit', resolve))
      child.kill('SIGKILL')
      await gone
    },
  }
}

const blobs = (layout: string): string[] => fs.readdirSync(`${layout}/blobs/sha256`).sort()

for (const kind of [{}, { auth: true }, { tls: true }, { auth: true, tls: true }] as const) {
  const words = `${'auth' in kind ? 'a password' : 'no password'}${'tls' in kind ? ' and TLS' : ''}`
  withPeers(`an image is byte for byte the same when it goes from skopeo to us and back over ${words}`, async () => {
    const peer = await openPeer(kind)
    const env = { DOCKER_CONFIG: world.path() }
    const flags = (side: string) => [
      `--${side}-tls-verify=false`,
      ...('auth' in kind ? [`--${side}-creds=ann:${password}`] : []),
    ]
    try {
      const source = newWorld()
      const id = await imported(
        source,
        'big:1',
        { x: randomBytes(3_000_000).toString('hex'), y: nonce() },
        '-c',
        'CMD ["cat","/y"]',
      )
      const archive = source.path()
      await ch4(source, ['save', '-q', '--format', 'oci', '-o', archive, 'big:1'])
      sh('skopeo', 'copy', ...flags('dest'), `oci-archive:${archive}`, `docker://${peer.host}/team/big:1`)
      const here = newWorld()
      if ('auth' in kind) {
        const refused = await ch5(here, ['pull', `${peer.host}/team/big:1`], { env })
        assert.is(refused.code, 125)
        assert.match(refused.stderr, /ch5 login/)
        const login = await ch5(here, ['login', '-u', 'ann', '--password-stdin', peer.host], { env, input: password })
        assert.is(login.code, 0, login.stderr)
      }
      const pulled = await ch5(here, ['pull', `${peer.host}/team/big:1`], { env })
      assert.is(pulled.code, 0, pulled.stderr)
      const [{ Id }] = JSON.parse((await ch4(here, ['inspect', `${peer.host}/team/big:1`])).stdout)
      assert.is(Id, id)
      await ch4(here, ['tag', `${peer.host}/team/big:1`, `${peer.host}/back:2`])
      await ch4(here, ['tag', `${peer.host}/team/big:1`, `${peer.host}/back:3`])
      const pushed = await ch5(here, ['push', '-a', `${peer.host}/back`], { env })
      assert.is(pushed.code, 0, pushed.stderr)
      const layouts = ['team/big:1', 'back:2', 'back:3'].map(name => {
        const layout = world.path()
        sh('skopeo', 'copy', ...flags('src'), `docker://${peer.host}/${name}`, `oci:${layout}:x`)
        return layout
      })
      for (const layout of layouts) assert.equal(blobs(layout), blobs(layouts[0]!))
      const raw = await ch5(here, ['inspect', '--raw', `${peer.host}/back:3`], { env })
      assert.ok(blobs(layouts[0]!).includes(createHash('sha256').update(raw.stdout).digest('hex')))
      const tags = await ch5(here, ['tags', `${peer.host}/back`], { env })
      assert.is(tags.stdout, '2\n3\n')
    } finally {
      await peer.stop()
    }
  })
}

withPeers('a layer of several chunks arrives when it is pushed, and is mounted where it is pushed again', async () => {
  const peer = await openPeer({})
  try {
    const here = newWorld()
    const big = here.path()
    fs.writeFileSync(big, randomBytes(70 << 20))
    sh('tar', '-C', here.directory, '-cf', `${big}.tar`, big.slice(here.directory.length + 1))
    await ch4(here, ['import', '-q', `${big}.tar`, `${peer.host}/big:1`])
    const first = await ch5(here, ['push', `${peer.host}/big:1`])
    assert.is(first.code, 0, first.stderr)
    await ch4(here, ['tag', `${peer.host}/big:1`, `${peer.host}/other:1`])
    const second = await ch5(here, ['push', `${peer.host}/other:1`])
    assert.match(second.stderr, /Mounted from big/)
    const layout = here.path()
    sh('skopeo', 'copy', '--src-tls-verify=false', `docker://${peer.host}/other:1`, `oci:${layout}:x`)
  } finally {
    await peer.stop()
  }
})

withPeers('an image arrives when its push is killed and pushed again, whatever the registry kept of it', async () => {
  const peer = await openPeer({})
  const cable = await slowCable(Number(peer.host.split(':')[1]), 40 << 20)
  try {
    const [here, name] = [newWorld(), `localhost:${cable.port}/big:1`]
    const tree = here.directoryOf({ word: nonce() })
    fs.writeFileSync(`${tree}/random`, randomBytes(70 << 20))
    await ch4(here, ['pack', '-t', name, tree])
    for (const part of [0.2, 0.7]) {
      const before = cable.sent()
      const push = start(here, ['ch5', 'push', name])
      await until('some of it is sent', () => cable.sent() - before > part * (70 << 20) || push.child.exitCode !== null)
      push.child.kill('SIGKILL')
      assert.is((await push.done).signal, 'SIGKILL')
    }
    const last = await ch5(here, ['push', name])
    assert.is(last.code, 0, last.stderr)
    sh('skopeo', 'copy', '--src-tls-verify=false', `docker://${peer.host}/big:1`, `oci:${here.path()}:x`)
  } finally {
    await cable.close()
    await peer.stop()
  }
})

withPeers('what is copied between registries, layouts and archives is one image, and skopeo reads each', async () => {
  const [one, other] = [await openPeer({}), await openPeer({ tls: true })]
  try {
    const here = newWorld()
    await imported(here, `${one.host}/a:1`, { x: nonce() })
    assert.is((await ch5(here, ['push', '-q', `${one.host}/a:1`])).code, 0)
    const copy = async (from: string, to: string): Promise<string> => {
      const { code, stdout, stderr } = await ch5(here, ['copy', '-q', from, to])
      assert.is(code, 0, stderr)
      return stdout.trim()
    }
    const [layout, oci, docker] = [here.path(), `${here.path()}.tar`, `${here.path()}.tar`]
    const digests = [
      await copy(`${one.host}/a:1`, `${other.host}/b:1`),
      await copy(`${other.host}/b:1`, `oci:${layout}:x`),
      await copy(`oci:${layout}:x`, `oci-archive:${oci}:x`),
      await copy(`oci-archive:${oci}:x`, `docker-archive:${docker}:y`),
      await copy(`docker-archive:${docker}:y`, `${one.host}/c:1`),
    ]
    assert.is(new Set(digests).size, 1, digests.join('\n'))
    const places = [`oci:${layout}:x`, `oci-archive:${oci}`, `docker-archive:${docker}`, `docker://${one.host}/c:1`]
    const ids = places.map(
      place => JSON.parse(sh('skopeo', 'inspect', '--tls-verify=false', '--config', place)).rootfs.diff_ids[0],
    )
    assert.is(new Set(ids).size, 1)
  } finally {
    await one.stop()
    await other.stop()
  }
})

withPeers(
  'a file refers to an image, and a tag goes, when a registry knows neither referrers nor deleting of tags',
  async () => {
    const peer = await openPeer({})
    try {
      const here = newWorld()
      await imported(here, `${peer.host}/a:1`, { x: nonce() })
      await ch5(here, ['push', '-q', `${peer.host}/a:1`])
      const file = here.path()
      fs.writeFileSync(file, nonce())
      for (const type of ['application/one', 'application/two']) {
        const attached = await ch5(here, ['attach', '-q', '--type', type, `${peer.host}/a:1`, file])
        assert.is(attached.code, 0, attached.stderr)
      }
      const all = await ch5(here, ['artifacts', '--json', `${peer.host}/a:1`])
      const types = JSON.parse(all.stdout).referrers.map(({ artifactType }: { artifactType: string }) => artifactType)
      assert.equal(types, ['application/one', 'application/two'])
      const one = await ch5(here, ['artifacts', '--type', 'application/two', `${peer.host}/a:1`])
      assert.is(one.stdout.trimEnd().split('\n').length, 1)
      const refused = await ch5(here, ['delete', `${peer.host}/a:1`])
      assert.match(refused.stderr, /--force/)
      assert.is((await ch5(here, ['delete', '--force', `${peer.host}/a:1`])).code, 0)
      assert.match((await ch5(here, ['pull', `${peer.host}/a:1`])).stderr, /404 MANIFEST_UNKNOWN/)
    } finally {
      await peer.stop()
    }
  },
)

test.run()
