/** Those who were here before, against our registry: skopeo and podman. Digests are compared, not what anybody says. */

import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import bcrypt from 'bcryptjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Htpasswd } from '#chapters/ch5-registry/server/auth/htpasswd'
import { type Running, start } from '#support/cli'
import { needs } from '#support/needs'
import { ask, sha256 } from '#support/registry'
import { newWorld, nonce } from '#support/world'
import { withDocker } from './docker.js'

const world = newWorld()
const withSkopeo = needs('root', 'skopeo', 'umoci')
const withPodman = needs('root', 'podman', 'skopeo', 'umoci')
const HOME = world.path('home')
fs.mkdirSync(HOME)
const sh = (script: string, env: NodeJS.ProcessEnv = {}): string =>
  execFileSync('sh', ['-ec', script], {
    encoding: 'utf8',
    cwd: world.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    env: { PATH: process.env.PATH, HOME, TMPDIR: world.directory, XDG_RUNTIME_DIR: HOME, ...env },
  })

interface Server {
  readonly at: string
  readonly port: number
  end(): Promise<void>
}

/** As a process of its own: the peers' commands block this one. */
async function served(...flags: readonly string[]): Promise<Server> {
  return servedBehind([], ...flags)
}

/** @param prefix where: `nsenter …` */
async function servedBehind(prefix: readonly string[], ...flags: readonly string[]): Promise<Server> {
  const args = ['ch5', 'serve', '--listen', '127.0.0.1:0', '--root', world.path(), '--log', 'json', ...flags]
  const server: Running = start(world, args, { seconds: 240, prefix })
  const port = Number((await server.says(/127\.0\.0\.1:(\d+)/))[1])
  return {
    at: `127.0.0.1:${port}`,
    port,
    async end() {
      server.child.kill('SIGTERM')
      assert.is((await server.done).code, 0)
    },
  }
}

/** An image of two layers in a layout of its own. @returns the layout's name */
function layout(): string {
  const name = nonce()
  sh(`umoci init --layout ${name}; umoci new --image ${name}:it
    mkdir -p ${name}-tree/etc; echo ${name} >${name}-tree/etc/name; head -c 3000000 /dev/urandom >${name}-tree/big
    umoci insert --image ${name}:it ${name}-tree/etc /etc; umoci insert --image ${name}:it ${name}-tree/big /big; umoci gc --layout ${name}`)
  return name
}
const blobsOf = (name: string): string[] => fs.readdirSync(`${world.directory}/${name}/blobs/sha256`).sort()

withSkopeo('skopeo copies, inspects, lists and deletes, and every blob comes back as it was', async () => {
  const { at, port, end } = await served()
  const image = layout()
  sh(`skopeo copy --dest-tls-verify=false oci:${image}:it docker://${at}/team/app:1`)
  sh(`skopeo copy --src-tls-verify=false docker://${at}/team/app:1 oci:back:it`)
  assert.equal(blobsOf('back'), blobsOf(image))
  const raw = sh(`skopeo inspect --raw --tls-verify=false docker://${at}/team/app:1`)
  const inspected = JSON.parse(sh(`skopeo inspect --tls-verify=false docker://${at}/team/app:1`))
  assert.is(inspected.Digest, sha256(raw))
  // the same again: nothing is sent that is there, and another repository mounts it
  sh(`skopeo copy --dest-tls-verify=false oci:${image}:it docker://${at}/team/app:2`)
  sh(`skopeo copy --src-tls-verify=false --dest-tls-verify=false docker://${at}/team/app:1 docker://${at}/other:1`)
  assert.equal(JSON.parse(sh(`skopeo list-tags --tls-verify=false docker://${at}/team/app`)).Tags, ['1', '2'])
  sh(`skopeo copy --dest-tls-verify=false --format v2s2 oci:${image}:it docker://${at}/docker:1`)
  sh(`skopeo copy --src-tls-verify=false docker://${at}/docker:1 dir:as-docker`)
  sh(`skopeo delete --tls-verify=false docker://${at}/team/app:1`)
  assert.is((await ask(port, 'GET', '/v2/team/app/manifests/1')).code, 'MANIFEST_UNKNOWN')
  assert.is((await ask(port, 'GET', '/v2/other/manifests/1')).body.toString(), raw)
  await end()
})

withSkopeo('skopeo syncs a whole repository, out and in again', async () => {
  const [from, to] = [await served(), await served()]
  for (const tag of ['a', 'b']) {
    sh(`skopeo copy --dest-tls-verify=false oci:${layout()}:it docker://${from.at}/team/app:${tag}`)
  }
  fs.mkdirSync(`${world.directory}/synced`)
  sh(`skopeo sync --src-tls-verify=false --src docker --dest dir ${from.at}/team/app synced`)
  sh(`skopeo sync --dest-tls-verify=false --src dir --dest docker synced ${to.at}/again`)
  for (const tag of ['a', 'b']) {
    const [one, two] = [
      await ask(from.port, 'GET', `/v2/team/app/manifests/${tag}`),
      await ask(to.port, 'GET', `/v2/again/app/manifests/${tag}`),
    ]
    assert.is(two.status, 200)
    assert.equal(two.body, one.body)
  }
  await from.end()
  await to.end()
})

withSkopeo('skopeo logs in by password, for each request and for tokens, over HTTPS', async () => {
  const users = `${world.directory}/users`
  fs.writeFileSync(users, `ann:${bcrypt.hashSync('right', 5)}\n`)
  assert.equal((await Htpasswd.open(users)).users, ['ann'])
  sh(`openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out ca.crt -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>&1
    mkdir -p certs; cp ca.crt certs/`)
  const image = layout()
  const tls = ['--tls-cert', `${world.directory}/ca.crt`, '--tls-key', `${world.directory}/key.pem`]
  for (const kind of ['basic', 'token']) {
    const { at, end } = await served(...tls, '--htpasswd', users, '--auth', kind)
    const flags = (side: string, user: string) => `--${side}cert-dir certs --${side}creds ${user}`
    sh(`skopeo copy ${flags('dest-', 'ann:right')} oci:${image}:it docker://${at}/team/app:1`)
    sh(`skopeo copy ${flags('src-', 'ann:right')} docker://${at}/team/app:1 oci:${kind}:it`)
    assert.equal(blobsOf(kind), blobsOf(image))
    assert.throws(() => sh(`skopeo inspect --no-creds --cert-dir certs docker://${at}/team/app:1 2>&1`))
    assert.throws(() => sh(`skopeo inspect --creds ann:wrong --cert-dir certs docker://${at}/team/app:1 2>&1`))
    assert.throws(() => sh(`skopeo inspect --creds ann:right docker://${at}/team/app:1 2>&1`)) // nobody vouches for it
    sh(`skopeo delete --creds ann:right --cert-dir certs docker://${at}/team/app:1`)
    await end()
  }
})

withPodman('podman pushes and pulls the same image', async () => {
  const { at, port, end } = await served()
  const image = layout()
  const podman = `podman --root ${world.directory}/podman --runroot ${world.directory}/podman-run --storage-driver vfs`
  sh(`${podman} pull -q oci:${image}:it >id`)
  sh(`${podman} push -q --tls-verify=false $(cat id) ${at}/by/podman:1`)
  const pushed = await ask(port, 'GET', '/v2/by/podman/manifests/1')
  assert.is(pushed.status, 200)
  sh(`${podman} rmi -af; ${podman} pull -q --tls-verify=false ${at}/by/podman:1 >id2`)
  assert.is(fs.readFileSync(`${world.directory}/id2`, 'utf8'), fs.readFileSync(`${world.directory}/id`, 'utf8'))
  await end()
})

needs(
  'root',
  'dockerd',
  'docker',
  'skopeo',
  'umoci',
  'nsenter',
)('docker pushes, pulls, and logs in', async () => {
  const users = `${world.directory}/docker-users`
  fs.writeFileSync(users, `ann:${bcrypt.hashSync('right', 5)}\n`)
  const image = layout()
  sh(`skopeo copy oci:${image}:it docker-archive:image.tar:local:1`)
  await withDocker(world, async (docker, pid) => {
    // the registry is where the daemon is: in a network of its own
    const there = ['nsenter', '-t', String(pid), '-n']
    execFileSync(there[0]!, [...there.slice(1), 'ip', 'link', 'set', 'lo', 'up'])
    docker('load', '-i', `${world.directory}/image.tar`)
    const id = docker('images', '-q', '--no-trunc', 'local:1').trim()
    const config = world.path('docker-config')
    for (const flags of [[], ['--htpasswd', users, '--auth', 'basic'], ['--htpasswd', users, '--auth', 'token']]) {
      const { at, end } = await servedBehind(there, ...flags)
      const name = `${at}/team/app:1`
      docker('tag', 'local:1', name)
      if (flags.length > 0) {
        assert.throws(() => docker('push', name))
        assert.throws(() => docker('--config', config, 'login', '-u', 'ann', '-p', 'wrong', at))
        docker('--config', config, 'login', '-u', 'ann', '-p', 'right', at)
      }
      docker('--config', config, 'push', name)
      docker('rmi', '-f', id)
      docker('--config', config, 'pull', name)
      assert.is(docker('images', '-q', '--no-trunc', name).trim(), id)
      docker('tag', name, 'local:1')
      await end()
    }
  })
})

test.run()
