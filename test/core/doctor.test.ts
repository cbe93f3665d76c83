import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { toc } from '#chapters/toc'
import { from } from '#core/doctor/chapters'
import { type Check, type Machine, missing, ok, type Probe } from '#core/doctor/check'
import { ask, probesFor } from '#core/doctor/examine'
import { verdictLines } from '#core/doctor/lines'
import { install, userNamespaceRemedy } from '#core/doctor/remedy'
import { type ChapterVerdict, exitCodeFor, judge } from '#core/doctor/verdict'
import { findStage } from '#core/exec/native'
import { type Options, run } from '#support/cli'
import { isThere, needs } from '#support/needs'
import { onQuietMachine } from '#support/patience'
import { lookAround, residueSince } from '#support/residue'
import { newWorld, until } from '#support/world'

const check = (part: Partial<Check> & Pick<Check, 'id'>): Check => ({
  what: part.id,
  status: 'ok',
  found: 'seen',
  chapters: [],
  needed: [],
  loses: `--${part.id}`,
  ...part,
})
const chapters = toc.map(({ id, title, commands }) => ({ id, title, written: commands !== undefined }))
const verdictOf = (id: string, ...checks: Check[]): ChapterVerdict =>
  judge(chapters.find(one => one.id === id)!, checks)

// the pure parts

test('what every chapter needs is needed by those of the book when the doctor counts them', () => {
  assert.equal(
    from('ch1'),
    toc.map(({ id }) => id),
  )
})

test('every probe names chapters, and comes after what it waits for, when the list is made', () => {
  const known = chapters.map(({ id }) => id)
  for (const root of [true, false]) {
    const probes = probesFor(root)
    probes.forEach((probe, at) => {
      const earlier = probes.slice(0, at).map(({ id }) => id)
      assert.not.ok(earlier.includes(probe.id), probe.id)
      assert.ok(probe.chapters.length > 0 && probe.chapters.every(id => known.includes(id)), probe.id)
      assert.ok(
        probe.needed.every(id => probe.chapters.includes(id)),
        probe.id,
      )
      assert.ok(
        probe.after.every(id => earlier.includes(id)),
        `${probe.id} after ${probe.after.join()}`,
      )
    })
  }
})

test('a chapter is not here when something that it needs is missing', () => {
  const verdict = verdictOf(
    'ch2',
    check({ id: 'a', chapters: ['ch2'], needed: ['ch2'], status: 'missing', found: 'EPERM' }),
  )
  assert.is(verdict.verdict, 'not here')
  assert.equal(verdict.why, ['a: EPERM'])
  assert.equal(verdict.lost, [])
})

test('a chapter is limited when what is missing is not needed, or needed and only degraded', () => {
  const poorer = check({ id: 'a', chapters: ['ch2'], status: 'missing' })
  const weak = check({ id: 'b', chapters: ['ch2'], needed: ['ch2'], status: 'degraded', rootCould: true })
  assert.equal(verdictOf('ch2', poorer).lost, ['--a'])
  const verdict = verdictOf('ch2', poorer, weak)
  assert.equal([verdict.verdict, verdict.lost, verdict.rootCould], ['limited', ['--a', '--b'], true])
})

test('a chapter is ok when what is missing concerns another', () => {
  const other = check({ id: 'a', chapters: ['ch3'], needed: ['ch3'], status: 'missing' })
  assert.is(verdictOf('ch2', other).verdict, 'ok')
  assert.is(verdictOf('ch3', other).verdict, 'not here')
})

test('a verdict names the cause alone when other checks were not tried because of it', () => {
  const cause = check({ id: 'a', chapters: ['ch2'], needed: ['ch2'], status: 'missing', found: 'ENOSPC' })
  const blocked = check({ id: 'b', chapters: ['ch2'], needed: ['ch2'], status: 'missing', because: 'a' })
  assert.equal(verdictOf('ch2', cause, blocked).why, ['a: ENOSPC'])
})

test('the exit code is 1 when a written chapter is not here, and asks for no other chapter', () => {
  const verdict = (written: boolean, is: ChapterVerdict['verdict']): ChapterVerdict => ({
    ...verdictOf('ch1'),
    written,
    verdict: is,
  })
  assert.is(exitCodeFor([verdict(true, 'limited'), verdict(false, 'not here')], false), 0)
  assert.is(exitCodeFor([verdict(true, 'ok'), verdict(true, 'not here')], false), 1)
  assert.is(exitCodeFor([verdict(false, 'not here')], true), 1)
})

test('a reason is shown once, below the first chapter, when later chapters share it', () => {
  const shared = check({ id: 'a', chapters: ['ch2', 'ch3'], status: 'missing', remedy: 'do this' })
  const lines = verdictLines(
    chapters.map(chapter => judge(chapter, [shared])),
    [shared],
  ).map(line => line.map(([, text]) => text).join(''))
  assert.is(lines.filter(line => line.includes('do this')).length, 1)
  assert.match(lines.find(line => line.includes('ch2'))!, /limited: without --a/)
  assert.match(lines.find(line => line.includes('ch3'))!, /limited, like ch2/)
})

const settings = { unprivilegedClone: null, maximum: 1000, apparmorRestricts: null }

test('the remedy for user namespaces is the setting that forbids them when there is one', () => {
  const remedy = (errno: string, changed: Partial<typeof settings> | object, root = false): string =>
    userNamespaceRemedy(errno, { ...settings, ...changed }, root)
  assert.is(remedy('EPERM', { unprivilegedClone: 0 }), 'sudo sysctl -w kernel.unprivileged_userns_clone=1')
  assert.is(remedy('EPERM', { apparmorRestricts: 1 }), 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0')
  assert.is(remedy('ENOSPC', { maximum: 0 }), 'sudo sysctl -w user.max_user_namespaces=15000')
  assert.is(remedy('ENOSPC', { maximum: 0 }, true), 'sysctl -w user.max_user_namespaces=15000')
  assert.match(remedy('ENOSPC', {}), /max_user_namespaces=100000/)
  assert.match(remedy('EINVAL', {}), /CONFIG_USER_NS/)
  assert.match(remedy('EPERM', { unprivilegedClone: 0 }, true), /docker run/) // root is not held back by that setting
})

test('install names the package as the package manager does when there is one', () => {
  assert.is(
    install(false, 'newuidmap', name => name === 'apt-get'),
    'sudo apt-get install -y uidmap',
  )
  assert.is(
    install(true, 'ip', name => name === 'dnf'),
    'dnf install -y iproute',
  )
  assert.is(
    install(true, 'nft', () => false),
    'install the package nftables',
  )
})

test('ask does not try what comes after a missing thing, and goes on when a probe throws', async () => {
  const asked: string[] = []
  const probe = (id: string, after: string[], look: Probe['look']): Probe => ({
    ...{ id, after, what: id, chapters: ['ch1'], needed: [], loses: id },
    look: machine => {
      asked.push(id)
      return look(machine)
    },
  })
  const boom = (): never => {
    throw new Error('unforeseen')
  }
  const probes = [
    probe('a', [], () => missing('gone', 'get it')),
    probe('b', ['a'], () => ok('never')),
    probe('c', ['b'], () => ok('never')),
    probe('d', [], boom),
  ]
  const checks = await ask({} as Machine, probes)
  assert.equal(asked.sort(), ['a', 'd'])
  assert.equal(
    checks.map(({ status, because }) => [status, because]),
    [
      ['missing', undefined],
      ['missing', 'a'],
      ['missing', 'a'],
      ['missing', undefined],
    ],
  )
  assert.is(checks[3]!.found, 'unforeseen')
})

// the effect

interface Answer {
  readonly version: number
  readonly user: { readonly uid: number; readonly root: boolean }
  readonly checks: readonly Check[]
  readonly chapters: readonly ChapterVerdict[]
}

const effect = needs('linux', 'root', 'native', 'unshare', 'setpriv')
const world = isThere('linux') && isThere('root') ? newWorld() : undefined!
const NOBODY = 65534
const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']

/** Directories of its own for the ordinary user. */
function userOptions(prefix: readonly string[] = []): Options {
  const home = world.path('nobody')
  for (const directory of [home, `${home}/data`, `${home}/run`]) {
    fs.mkdirSync(directory, { recursive: true })
    fs.chownSync(directory, NOBODY, NOBODY)
  }
  const env = {
    HOME: home,
    XDG_RUNTIME_DIR: `${home}/run`,
    MINI_DOCKER_ROOT: `${home}/data`,
    MINI_DOCKER_RUN: `${home}/run`,
  }
  return { env, prefix: [...asNobody, ...prefix] }
}

async function examine(
  args: readonly string[] = [],
  options: Options = {},
): Promise<Answer & { readonly code: number }> {
  const { code, stdout, stderr } = await run(world, ['doctor', '--json', ...args], options)
  assert.ok(stdout.startsWith('{'), stderr)
  return { ...(JSON.parse(stdout) as Answer), code }
}
const chapterOf = ({ chapters }: Answer, id: string): ChapterVerdict => chapters.find(one => one.id === id)!
const checkOf = ({ checks }: Answer, id: string): Check => checks.find(one => one.id === id)!
const works = async (args: readonly string[], options: Options = {}): Promise<boolean> =>
  (await run(world, args, options)).code === 0

/** What the host shows of itself: links with their states, rules, routes. */
function hostNetwork(): string {
  const show = (...words: string[]): string =>
    isThere(words[0]!) ? execFileSync(words[0]!, words.slice(1), { encoding: 'utf8' }) : ''
  return ['link', 'route', 'address'].map(what => show('ip', '-j', what)).join('') + show('nft', 'list', 'tables')
}

effect('doctor agrees with what runs when root asks', async () => {
  const answer = await examine()
  assert.equal([answer.version, answer.user.uid, answer.user.root], [1, 0, true])
  assert.is(answer.code, exitCodeFor(answer.chapters, false))
  for (const id of ['ch1', 'ch2']) {
    assert.is(
      chapterOf(answer, id).verdict !== 'not here',
      await works([id, 'run', '--rootfs', world.rootfs, 'true']),
      id,
    )
  }
  const userns = checkOf(answer, 'user-namespace').status === 'ok' && checkOf(answer, 'id-ranges').status === 'ok'
  assert.is(userns, await works(['ch2', 'run', '--userns', '--rootfs', world.copyRootfs(), 'true']))
})

effect('doctor agrees with what runs when an ordinary user asks', async () => {
  const options = userOptions()
  const answer = await examine([], options)
  assert.equal([answer.user.uid, answer.user.root, answer.code], [NOBODY, false, 1])
  const ch1 = chapterOf(answer, 'ch1')
  assert.equal([ch1.verdict, ch1.rootCould], ['not here', true])
  assert.not.ok(await works(['ch1', 'run', '--rootfs', world.rootfs, 'true'], options))
  assert.is(chapterOf(answer, 'ch2').verdict !== 'not here', await works(['ch2', 'run', 'true'], options))
  assert.match(checkOf(answer, 'chroot').remedy!, /^sudo mini-docker ch1 run/)
})

effect('doctor leaves nothing when it is done', async () => {
  const before = lookAround(world)
  const network = hostNetwork()
  for (const options of [{}, userOptions()]) {
    await examine([], options)
    assert.equal(
      fs.readdirSync(options.env?.MINI_DOCKER_ROOT ?? world.data).filter(name => name.includes('doctor')),
      [],
    )
  }
  assert.equal(await residueSince(before, world), [])
  assert.is(hostNetwork(), network)
})

effect('doctor leaves nothing when it is interrupted', async () => {
  const { start } = await import('#support/cli')
  const scratch = (): string[] => fs.readdirSync(world.data).filter(name => name.includes('doctor'))
  const before = lookAround(world)
  const running = start(world, ['doctor'])
  await until('it has begun', () => scratch().length > 0)
  process.kill(running.pid, 'SIGTERM')
  assert.is((await running.done).code, 143)
  assert.equal(scratch(), [])
  assert.equal(await residueSince(before, world), [])
})

// in a user namespace of its own the limit is its own; the rights to set it are given back before the doctor comes
const limited = [
  ...['unshare', '--user', '--map-current-user', '--keep-caps', 'sh', '-c'],
  'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --inh-caps=-all --ambient-caps=-all "$@"',
  'sh',
]

effect('doctor says what to set when an ordinary user may make no user namespace', async () => {
  const options = userOptions(limited)
  const answer = await examine(['ch2'], options)
  const { status, found, remedy } = checkOf(answer, 'user-namespace')
  assert.is(status, 'missing')
  assert.match(found, /ENOSPC/)
  assert.is(remedy, 'sudo sysctl -w user.max_user_namespaces=15000')
  assert.is(checkOf(answer, 'mount-namespace').because, 'user-namespace')
  const [ch2, ...others] = answer.chapters
  assert.equal([ch2!.id, ch2!.verdict, answer.code, others.length], ['ch2', 'not here', 1, 0])
  assert.not.ok(await works(['ch2', 'run', 'true'], options))
})

effect('doctor says what is lost when root is that of a user namespace', async () => {
  const options = { prefix: ['unshare', '--user', '--map-root-user'] }
  const answer = await examine(['ch2'], options)
  assert.is(chapterOf(answer, 'ch2').verdict, 'limited')
  assert.ok(await works(['ch2', 'run', '--rootfs', world.rootfs, 'true'], options))
})

/** A mount namespace in which these programs are no programs. */
const without = (...names: string[]): Options => {
  const places = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
  const files = names.flatMap(name => places.map(place => `${place}/${name}`)).filter(file => fs.existsSync(file))
  const hidden = [...new Set(files.map(file => fs.realpathSync(file)))]
  const script = hidden.map(file => `mount --bind /dev/null ${file}; `).join('')
  return { prefix: ['unshare', '--mount', '--propagation=private', 'sh', '-c', `${script}exec "$@"`, 'sh'] }
}

effect('doctor names ip, nft and nsenter when they are not on the machine', async () => {
  const answer = await examine(['ch2'], without('ip', 'nft', 'nsenter'))
  for (const [id, name] of [
    ['ip', 'ip'],
    ['nft', 'nft'],
    ['host-network', 'nsenter'],
  ] as const) {
    const { status, found, remedy } = checkOf(answer, id)
    assert.equal([status, found], ['missing', `program '${name}' is not on this machine`])
    assert.match(remedy!, /install/)
  }
  assert.equal(
    [chapterOf(answer, 'ch2').verdict, chapterOf(answer, 'ch2').lost, answer.code],
    ['limited', ['--net bridge'], 0],
  )
})

effect('doctor tries with koffi what it can when there is neither a stage nor a compiler', async () => {
  const { prefix = [] } = without('musl-gcc', 'gcc', 'clang', 'cc', 'tcc')
  const stage = findStage()!.replace(/[^/]+$/, '')
  const script = `mount -t tmpfs none ${stage} && ${prefix.at(-2)}`
  const answer = await examine([], { prefix: [...prefix.slice(0, -2), script, 'sh'] })
  assert.is(checkOf(answer, 'stage').status, 'missing')
  assert.match(checkOf(answer, 'stage').remedy!, /gcc/)
  assert.is(checkOf(answer, 'user-namespace').because, 'stage')
  for (const id of ['chroot', 'mount-namespace', 'pivot-root', 'proc']) assert.is(checkOf(answer, id).status, 'ok', id)
  assert.equal(
    [chapterOf(answer, 'ch2').verdict, chapterOf(answer, 'ch6').verdict, answer.code],
    ['limited', 'not here', 1], // ch7 is written, and there is no koffi's way to it
  )
})

effect('doctor says what to install when there is no static busybox', async () => {
  const answer = await examine(['ch1'], without('busybox'))
  assert.is(checkOf(answer, 'rootfs').status, 'degraded')
  assert.match(checkOf(answer, 'rootfs').remedy!, /busybox/)
  assert.is(chapterOf(answer, 'ch1').verdict, 'limited')
})

effect('doctor is quick, and lists every check, when it is asked to be verbose', async () => {
  const begin = performance.now()
  const { stdout } = await run(world, ['doctor', '--verbose'])
  const took = performance.now() - begin
  assert.ok(took < 1000 * onQuietMachine(3), `${took} ms`)
  for (const { what } of probesFor(true)) assert.ok(stdout.includes(what), what)
  for (const { id } of chapters) assert.match(stdout, new RegExp(`^. ${id} `, 'm'))
})

effect('doctor --facts prints what a plan for this machine is made of when it is read elsewhere', async () => {
  const { stdout } = await run(world, ['doctor', '--facts'])
  const file = world.path('facts.json')
  fs.writeFileSync(file, stdout)
  assert.is((JSON.parse(stdout) as { uid: number }).uid, 0)
  assert.ok(await works(['ch2', 'run', '--explain', '--facts', file]))
})

effect('doctor refuses by name when the chapter is unknown', async () => {
  const { code, stderr } = await run(world, ['doctor', 'ch9'])
  assert.is(code, 125)
  assert.match(stderr, /chapter 'ch9'/)
})

test.run()
