/**
 * The chapter's story, played by two machines: one serves, the other sends, fetches and runs. Each is a network namespace, between
 * them is a slow cable, and whoever is killed half-way is killed when the bytes on the disk say that it is half-way.
 */

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Options, type Result, type Running, run, start } from '#support/cli'
import { storedImage } from '#support/images'
import { needs } from '#support/needs'
import { type Machine, makeMachine, outsideAddress } from '#support/netns'
import { ch4, listed, oneLine } from '#support/store'
import { newWorld, nonce, until, type World } from '#support/world'

const played = needs('root', 'native', 'unshare', 'nsenter', 'ip', 'tc', 'openssl', 'htpasswd')
const [here, there] = [newWorld(), newWorld()]
const host = `${outsideAddress}:5000`
const name = `${host}/team/app:1`
const [word, password] = [nonce(), nonce()]
const root = there.path('registry')
const ca = there.path('ca.crt')
const env = { SSL_CERT_FILE: ca }
/** Bytes of what is random in it: more than goes in one chunk. */
const SIZE = 40 << 20
/** Of a request or an answer, with what it takes to encrypt it. */
const HEADERS = 4000

let machine: Machine
let server: Running
/** Of the layer. */
let size: number

const prefix = (pid: number): string[] => ['nsenter', '-t', String(pid), '-n', '-m']
const client = (args: readonly string[], options: Options = {}): Running =>
  start(here, ['ch5', ...args], { prefix: prefix(machine.host.pid), env, ...options })
async function done(running: Running): Promise<Result> {
  const result = await running.done
  assert.is(result.code, 0, result.stderr)
  return result
}

async function serve(): Promise<void> {
  const tls = ['--tls-cert', there.path('cert'), '--tls-key', there.path('key')]
  const flags = ['--listen', host, '--root', root, '--htpasswd', there.path('users'), '--log', 'json', ...tls]
  server = start(there, ['ch5', 'serve', ...flags], { prefix: prefix(machine.outside.pid) })
  await server.says(/registry at https/)
}

interface Line {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly in: number
  readonly out: number
}

/** Ends it, too. @returns what it logged of the layer and its uploads */
async function logged(method: string, path: RegExp): Promise<Line[]> {
  server.child.kill('SIGTERM')
  const { stderr } = await done(server)
  const lines = stderr.split('\n').filter(line => line !== '')
  return lines.map(line => JSON.parse(line) as Line).filter(line => line.method === method && path.test(line.path))
}

/** Bytes that came to the other machine, and from it, with all that is around them. */
const onTheWire = (): Record<'received' | 'sent', number> => {
  const [received, sent] = machine.host.sh('cd /sys/class/net/wan0/statistics; cat rx_bytes tx_bytes').split('\n')
  return { received: Number(received), sent: Number(sent) }
}

async function halfWay({ child, done }: Running, bytes: () => number): Promise<void> {
  await until('half of it is there', () => bytes() > size * 0.4 || child.exitCode !== null)
  if (child.exitCode !== null) throw new Error((await done).stderr)
}

/** The one file of a directory of them. */
function sizeIn(directory: string, below = ''): number {
  const [first] = fs.existsSync(directory) ? fs.readdirSync(directory) : []
  return first === undefined ? 0 : (fs.statSync(`${directory}/${first}${below}`, { throwIfNoEntry: false })?.size ?? 0)
}
const uploaded = (): number => sizeIn(`${root}/repositories/team/app/_uploads`)
const ingested = ({ data }: World): number => sizeIn(`${data}/store/ingest`, '/data')

function certify(): void {
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'pipe', cwd: there.directory })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=two machines', '-keyout', 'ca.key', '-out', 'ca.crt')
  openssl('req', ...key, '-subj', `/CN=${outsideAddress}`, '-keyout', 'key', '-out', 'request')
  fs.writeFileSync(there.path('names'), `subjectAltName=IP:${outsideAddress}`)
  const signed = ['-in', 'request', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names']
  openssl('x509', '-req', ...signed, '-days', '2', '-out', 'cert')
  fs.writeFileSync(there.path('users'), execFileSync('htpasswd', ['-Bbn', 'ann', password]))
}

async function makeImage(): Promise<void> {
  const tree = here.copyRootfs()
  fs.writeFileSync(`${tree}/word`, word)
  fs.writeFileSync(`${tree}/random`, randomBytes(SIZE))
  execFileSync('tar', ['-C', tree, '-cf', here.path('tree.tar'), '.'])
  await ch4(here, ['import', '-q', '-c', 'CMD ["cat","/word"]', here.path('tree.tar'), name])
  const { Digest } = (await listed(here))[0]!
  size = storedImage(here.data, Digest).manifest.layers[0]!.size
}

played('a registry is known by its authority and its password, or nothing is sent', async () => {
  machine = await makeMachine()
  certify()
  await Promise.all([serve(), makeImage()])
  const login = ['login', '-u', 'ann', '--password-stdin', host]
  oneLine(
    await client(login, { env: {}, input: password }).done,
    /\/etc\/docker\/certs\.d\/198\.51\.100\.1:5000\/ca\.crt/,
  )
  oneLine(await client(login, { input: nonce() }).done, /login at '198\.51\.100\.1:5000'.* 401 /)
  const { stderr } = await client(['push', name]).done
  assert.match(stderr, / 401\b.*ch5 login 198\.51\.100\.1:5000/, stderr)
  assert.match((await done(client(login, { input: password }))).stdout, /Login Succeeded/)
})

played('a push goes on when the registry is killed in the middle of it and started again', async () => {
  for (const one of [machine.host, machine.outside]) {
    one.sh('tc qdisc add dev wan0 root tbf rate 80mbit burst 64kb latency 50ms')
  }
  const push = client(['push', name])
  await halfWay(push, uploaded)
  push.child.kill('SIGSTOP') // it is not to give up before the other is there again
  server.child.kill('SIGKILL')
  await server.done
  const before = uploaded()
  assert.ok(before < size * 0.9, `${before} of ${size} bytes are there`)
  await serve()
  push.child.kill('SIGCONT')
  await done(push)
  assert.is(uploaded(), 0)
  const sent = (await logged('PATCH', /\/blobs\/uploads\//)).reduce((sum, line) => sum + line.in, 0)
  assert.ok(sent >= size - before && sent < size - before + HEADERS, `${sent} bytes were sent for ${size - before}`)
})

played('a pull that is killed goes on with the rest, and what it brought runs', async () => {
  await serve()
  const inspected = async (): Promise<unknown> => JSON.parse((await ch4(here, ['inspect', name])).stdout)[0].Id
  const id = await inspected()
  await ch4(here, ['rmi', name])
  const killed = client(['pull', name])
  await halfWay(killed, () => ingested(here))
  killed.child.kill('SIGKILL')
  await killed.done
  const before = ingested(here)
  assert.ok(before > 0 && before < size * 0.9, `${before} of ${size} bytes are here`)
  const none = await run(here, ['ch4', 'images', '-q'])
  assert.is(none.stdout, '', 'nothing has the name yet')
  const wire = onTheWire().received
  await done(client(['pull', name]))
  const came = onTheWire().received - wire
  assert.ok(came < (size - before) * 1.1 + 100_000, `${came} bytes came for ${size - before}`)
  assert.is(await inspected(), id)
  const { stdout } = await done(client(['run', '--rm', name]))
  assert.is(stdout, word)
  const parts = (await logged('GET', /\/blobs\/sha256:/)).filter(({ status }) => status === 206)
  assert.is(parts.length, 1)
  const rest = parts[0]!.out - (size - before)
  assert.ok(rest >= 0 && rest < HEADERS, `${rest} bytes more were sent`)
})

test.after(() => {
  server?.child.kill('SIGKILL')
  machine?.end()
})
test.run()
