import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findStage } from '#core/exec/native'
import {
  type As,
  hostAddress,
  isThere,
  type Machine,
  makeMachine,
  missingForNetns,
  outsideAddress,
  until,
} from '#support/netns'

const lacks = missingForNetns() ?? (findStage() === null ? 'dist/native/mini-docker-stage' : null)
const test = suite('ch2 --net bridge')
const check = (name: string, body: () => Promise<void>, needs: string | null = lacks): void =>
  void test(name, needs === null ? body : () => console.log(`\nskipped: ${name}: needs ${needs}`))
const userNeeds = (tool: string) => lacks ?? (isThere(tool) ? null : tool)

const cli = fileURLToPath(new URL('../../chapters/main.js', import.meta.url))
const driver = fileURLToPath(new URL('../support/connected-run.js', import.meta.url))
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'ch2-network-'))
fs.chmodSync(scratch, 0o755)
/** Not in any passwd, and so without a range in /etc/subuid: the map of one id. */
const ordinary = 54321
const www = path.join(scratch, 'www')
fs.mkdirSync(www)
fs.writeFileSync(path.join(www, 'index.html'), 'the outside\n')
let machine: Machine

const directoriesOf = (name: string, uid = 0): Record<string, string> => {
  const home = path.join(scratch, name)
  fs.mkdirSync(home, { recursive: true })
  fs.chownSync(home, uid, uid)
  return { MINI_DOCKER_RUN: `${home}/run`, MINI_DOCKER_ROOT: `${home}/data`, HOME: home }
}
const root = (): As => ({ env: directoriesOf('root') })
const user = (): As => ({ env: directoriesOf('user', ordinary), uid: ordinary })

const onBridge = (name: string, script: string): string[] => [
  process.execPath,
  cli,
  ...['ch2', 'run', '--net', 'bridge', '--name', name, '--', 'sh', '-c', script],
]
const driven = (wish: object): string[] => [process.execPath, driver, JSON.stringify(wish)]
/** A page that names the server. */
const serve = (name: string): string =>
  `mkdir -p /tmp/${name} && echo ${name} > /tmp/${name}/index.html && httpd -f -p 80 -h /tmp/${name}`
/**
 * By hand: the wget of Debian 12's static busybox crashes in the C library's name service. The pause keeps our half of
 * the connection open: closed at once, Debian 12's pasta never delivers the answer.
 */
const fetch = (address: string, port: number, nc = 'nc'): string =>
  `{ printf 'GET / HTTP/1.0\\r\\n\\r\\n'; sleep 0.5; } | timeout 8 ${nc} -w 5 ${address} ${port}`
const showAddress = "ip -4 -o address show dev eth0 | sed 's|.*inet ||; s|/.*||'"

/** Everything on the host that a container could have left. */
const traces = (): string =>
  machine.host.sh(`
    ip -o link | sed 's/:.*//; s/^[0-9]*$//' | tr -d '\\n'
    ip -o link | grep -cE 'md|veth' || true
    nft list tables
    cat /proc/sys/net/ipv4/ip_forward
    ip route`)
const leases = (): string[] => fs.readdirSync(path.join(scratch, 'root/run/shared/bridge/users'))
const containers = (): string[] => fs.readdirSync(path.join(scratch, 'root/run/containers'))

test.before(async () => {
  if (lacks !== null) return
  machine = await makeMachine()
  const { code, stderr } = await machine.host.run([process.execPath, cli, 'ch2', 'run', 'true'], root()) // builds the rootfs
  assert.is(code, 0, stderr)
})
/** What a failed test left running is ended and replayed, so that the next one starts on a clean host. */
test.after.each(async () => {
  if (lacks !== null) return
  machine.outside.endChildren()
  if (machine.host.endChildren() > 0) await machine.host.run([process.execPath, cli, 'ch2', 'run', 'true'], root())
})
test.after(() => {
  machine?.end()
  fs.rmSync(scratch, { recursive: true, force: true })
})

check('containers reach each other, the gateway and the host when they are on the bridge', async () => {
  const web = machine.host.start(onBridge('web', serve('web')), root())
  await until(
    () => fs.existsSync(path.join(scratch, 'root/run/containers/web/state.json')) && /"running"/.test(state('web')),
  )
  const { address } = lease('web')
  const script = `${showAddress}; cat /etc/hosts; ping -c1 -W2 172.30.0.1; ${fetch(address, 80)} && ip link show eth0`
  const { code, stdout, stderr } = await machine.host.run(onBridge('client', script), root())
  assert.is(code, 0, stderr)
  assert.match(stdout, /^web$/m)
  assert.match(stdout, /1 packets received/)
  assert.match(stdout, new RegExp(`^${stdout.split('\n')[0]}\tclient$`, 'm'))
  assert.match(stdout, /mtu 1400/)
  assert.match(machine.host.sh(fetch(address, 80, 'busybox nc')), /^web$/m)
  // number 1 is deaf to it until we lose patience, at the third
  const asking = setInterval(() => web.child.kill('SIGTERM'), 50)
  await web.ended
  clearInterval(asking)
})

check('the outside sees the address of the host when a container calls, and cannot call back', async () => {
  const server = machine.outside.start(['busybox', 'httpd', '-f', '-vv', '-p', '8000', '-h', www])
  const script = `${fetch(outsideAddress, 8000)}; sleep 3`
  const container = machine.host.start(onBridge('caller', script), root())
  await until(() => container.output().includes('the outside'))
  assert.match(server.output(), new RegExp(`${hostAddress}\\]?:\\d+`))
  assert.not.match(server.output(), '172.30.')
  const { address } = lease('caller')
  machine.outside.sh(`ip route add 172.30.0.0/16 via ${hostAddress}`)
  const knock = await machine.outside.run(['busybox', 'ping', '-c1', '-W1', address])
  assert.is(knock.code, 1, knock.stdout)
  assert.is((await container.ended).code, 0)
})

check('nothing is left when the last container ends, and the bridge stays until then', async () => {
  const before = traces()
  const first = machine.host.start(onBridge('first', 'sleep 1.5'), root())
  await until(() => leases().includes('first'))
  assert.is((await machine.host.run(onBridge('second', 'true'), root())).code, 0)
  const between = traces()
  assert.match(between, 'mini-docker')
  assert.match(between, /^1$/m)
  assert.equal(leases(), ['first'])
  assert.is((await first.ended).code, 0)
  assert.is(traces(), before)
  assert.equal([leases(), containers()], [[], []])
})

check('forwarding stays on when it was on before', async () => {
  machine.host.sh('echo 1 > /proc/sys/net/ipv4/ip_forward')
  const before = traces()
  assert.is((await machine.host.run(onBridge('router', 'true'), root())).code, 0)
  assert.is(traces(), before)
  machine.host.sh('echo 0 > /proc/sys/net/ipv4/ip_forward')
})

check('another subnet is taken when the host has a route into the first', async () => {
  machine.host.sh(`ip route add 172.30.7.0/24 via ${outsideAddress}`)
  const { stdout, stderr } = await machine.host.run(onBridge('moved', showAddress), root())
  machine.host.sh('ip route del 172.30.7.0/24')
  assert.match(stdout, /^172\.31\.0\.\d+$/m, stderr)
  const wanted = { env: { ...root().env, MINI_DOCKER_SUBNET: '198.51.100.0/24' } }
  assert.match((await machine.host.run(onBridge('clash', 'true'), wanted)).stderr, 'overlaps 198.51.100.0/24 of wan0')
  assert.equal(containers(), [])
})

check('containers get addresses of their own when they start at once', async () => {
  const before = traces()
  const names = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']
  const started = names.map(name => machine.host.start(onBridge(name, `${showAddress}; sleep 2`), root()))
  const results = await Promise.all(started.map(({ ended }) => ended))
  assert.equal(
    results.map(({ code }) => code),
    names.map(() => 0),
    results.map(({ stderr }) => stderr).join(''),
  )
  assert.is(new Set(results.map(({ stdout }) => stdout.trim())).size, names.length)
  assert.is(traces(), before)
})

check('an address is not given again at once when it was given back', async () => {
  const address = async () => (await machine.host.run(onBridge('again', showAddress), root())).stdout.trim()
  const [one, two] = [await address(), await address()]
  assert.is.not(one, two)
})

check('a container with a user namespace is on the bridge when root asks for both', async () => {
  const argv = onBridge('mapped', `cat /etc/resolv.conf && ping -c1 -W2 ${outsideAddress}`)
  argv.splice(argv.indexOf('--net'), 0, '--userns')
  const { code, stdout, stderr } = await machine.host.run(argv, root())
  assert.is(code, 0, stderr)
  assert.match(stdout, /nameserver .*1 packets received/s)
})

check('nothing is left after the next command when the creator is killed, after any host step', async () => {
  const before = traces()
  const whole = await machine.host.run(driven({ id: 'whole', args: ['true'] }), root())
  assert.is(whole.code, 0, whole.stderr)
  const { hostSteps } = JSON.parse(whole.stdout.split('\n')[0]!) as { hostSteps: number }
  assert.ok(hostSteps >= 6)
  for (let dieAfter = 0; dieAfter <= hostSteps; dieAfter++) {
    const victim = machine.host.start(driven({ id: `victim${dieAfter}`, args: ['sleep', '60'], dieAfter }), root())
    await victim.ended
    assert.is(victim.child.signalCode, 'SIGKILL', `${dieAfter}: ${victim.output()}`)
    assert.equal(containers(), [`victim${dieAfter}`])
    assert.match(traces(), 'mini-docker', `after ${dieAfter} the bridge is there`)
    const next = await machine.host.run([process.execPath, cli, 'ch2', 'run', 'true'], root())
    assert.is(next.code, 0, next.stderr)
    assert.is(next.stderr, '')
    assert.is(traces(), before, `after ${dieAfter}`)
    assert.equal([leases(), containers()], [[], []], `after ${dieAfter}`)
  }
})

for (const tool of ['pasta', 'slirp4netns'] as const) {
  const without = tool === 'pasta' ? ['slirp4netns'] : ['pasta']
  const helpers = (): string[] =>
    fs.readdirSync('/proc').filter(pid => {
      try {
        const ours =
          fs.statSync(`/proc/${pid}`).uid === ordinary ||
          fs.readFileSync(`/proc/${pid}/status`, 'latin1').includes(`\nUid:\t${ordinary}\t`)
        return ours && fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(tool)
      } catch {
        return false // it ended, or is no process
      }
    })

  check(
    `an ordinary user's container reaches the outside when ${tool} carries its packets`,
    async () => {
      const server = machine.outside.start(['busybox', 'httpd', '-f', '-vv', '-p', '8001', '-h', www])
      machine.host.start(['busybox', 'httpd', '-f', '-p', '127.0.0.1:8002', '-h', www])
      const gateway = "$(ip route | sed -n 's/^default via \\([^ ]*\\).*/\\1/p')"
      const script = [fetch(outsideAddress, 8001), 'cat /etc/resolv.conf', fetch(gateway, 8002), 'true'].join('; ')
      const { code, stdout, stderr } = await machine.host.run(
        driven({ id: tool, args: ['sh', '-c', script], without }),
        user(),
      )
      assert.is(code, 0, stderr)
      assert.match(stdout, 'the outside')
      assert.match(stdout, tool === 'pasta' ? 'nameserver 169.254.1.1' : 'nameserver 10.0.2.3')
      assert.is(stdout.split('the outside').length, 2, 'the loopback of the host was reached')
      assert.match(server.output(), new RegExp(`${hostAddress}\\]?:\\d+`))
      await until(() => helpers().length === 0)
    },
    userNeeds(tool),
  )

  check(
    `${tool} ends when the command is killed`,
    async () => {
      const running = machine.host.start(
        driven({ id: `${tool}-dies`, args: ['sh', '-c', 'echo up; sleep 60'], without }),
        user(),
      )
      await until(() => running.output().includes('up\n'))
      assert.ok(helpers().length > 0)
      running.child.kill('SIGKILL')
      await until(() => helpers().length === 0)
      const next = await machine.host.run(driven({ id: 'next', args: ['true'], without }), user())
      assert.is(next.code, 0, next.stderr)
      assert.equal(fs.readdirSync(path.join(scratch, 'user/run/containers')), [])
    },
    userNeeds(tool),
  )
}

/** In the machine's place, and root of a user namespace only. */
const asNestedRoot = (...argv: string[]): string[] => ['unshare', '-Ur', ...argv]
const pastaOnly = (...argv: string[]): string[] => {
  const hide = 'for p in /usr/bin /bin; do [ -e $p/slirp4netns ] && mount --bind /dev/null $p/slirp4netns; done'
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-c', `${hide}; exec "$@"`, 'sh', ...argv]
}

check(
  "a container has a way out when root of a user namespace, who does not own the host's network, asks for one",
  async () => {
    const before = traces()
    for (const flags of [[], ['--userns']]) {
      const script = `${showAddress}; ip route`
      const argv = onBridge('nested', script)
      argv.splice(argv.indexOf('--name'), 0, ...flags)
      const { code, stdout, stderr } = await machine.host.run(asNestedRoot(...argv), root())
      assert.equal([code, stderr], [0, ''])
      assert.match(stdout, /^\d+\..*^default via/ms)
    }
    assert.equal([traces(), containers()], [before, []])
  },
  userNeeds('pasta') ?? userNeeds('slirp4netns'),
)

check(
  'root of a user namespace is told what to do in one line when only pasta could connect the container',
  async () => {
    const before = traces()
    const { code, stderr } = await machine.host.run(pastaOnly(...asNestedRoot(...onBridge('nested', 'true'))), root())
    assert.is(code, 125)
    assert.match(
      stderr,
      /^mini-docker: --net bridge as root of a user namespace: [^\n]* \(add --userns, or apt-get install slirp4netns\)\n$/,
    )
    assert.equal([traces(), containers()], [before, []])
  },
  userNeeds('pasta'),
)

check(
  'the words of pasta are shown when it cannot connect',
  async () => {
    machine.host.sh('ip route del default')
    const { code, stderr } = await machine.host.run(onBridge('unrouted', 'true'), user())
    machine.host.sh(`ip route add default via ${outsideAddress}`)
    assert.is(code, 125)
    assert.match(stderr, /^mini-docker: --net bridge by pasta: EIO: pasta: [^\n]+ \([^\n]*ip route[^\n]*\)\n$/)
    assert.equal(fs.readdirSync(path.join(scratch, 'user/run/containers')), [])
  },
  userNeeds('pasta'),
)

function state(id: string): string {
  return fs.readFileSync(path.join(scratch, `root/run/containers/${id}/state.json`), 'utf8')
}
function lease(id: string): { address: string } {
  const text = fs.readFileSync(path.join(scratch, `root/run/shared/bridge/users/${id}`), 'utf8')
  return (JSON.parse(text) as { given: { address: string } }).given
}

test.run()
