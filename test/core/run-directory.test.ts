import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MiniDockerError } from '#core/errors'
import { checkRunDirectory, makeRunDirectory } from '#core/exec/run-directory'
import { Shared } from '#core/exec/shared'
import { States } from '#core/exec/state'
import { needs } from '#support/needs'
import { withRunDirectory } from '#support/run-directory'

const onLinux = needs('linux')
const asRoot = needs('linux', 'root')
const stranger = 61_999
const ensured = () => ({ make: [], remove: [] })

/** Everything that opens the run directory, by what it is called. */
const uses: Readonly<Record<string, (run: string) => unknown>> = {
  create: run => new States(run).create({ id: 'web', chapter: 'ch2', spec: null, undo: [] }),
  read: run => new States(run).read('web'),
  list: run => new States(run).list(),
  dead: run => new States(run).dead(),
  acquire: run => new Shared(run, () => undefined).acquire('bridge', 'a', () => 2, ensured),
  release: run => new Shared(run, () => undefined).release('bridge', 'a'),
  holds: run => new Shared(run, () => undefined).holds('bridge', 'a'),
}

/** A directory with a record in it, as somebody might plant it. */
function plant(run: string): void {
  fs.mkdirSync(`${run}/containers/web`, { recursive: true })
  fs.writeFileSync(`${run}/containers/web/state.json`, '{"owner":{"pid":1},"undo":[]}')
  fs.mkdirSync(`${run}/shared/bridge/users`, { recursive: true })
}

function refusesAll(run: string, why: RegExp): void {
  for (const [name, use] of Object.entries(uses)) {
    try {
      use(run)
    } catch (error) {
      assert.instance(error, MiniDockerError, name)
      const { class: kind, line } = error as MiniDockerError
      assert.is(kind, 'FailedPrecondition', name)
      assert.match(line, why, name)
      assert.ok(line.startsWith(`run directory '${run}': `) && line.includes('MINI_DOCKER_RUN'), line)
      continue
    }
    assert.unreachable(`${name} uses it`)
  }
}

onLinux('the run directory is refused by name when it is a link or no directory', () =>
  withRunDirectory(place => {
    plant(`${place}/real`)
    fs.symlinkSync('real', `${place}/link`)
    refusesAll(`${place}/link`, /is a symbolic link/)
    refusesAll(`${place}/link/`, /is a symbolic link/)
    fs.symlinkSync('nowhere', `${place}/dangling`)
    refusesAll(`${place}/dangling`, /is a symbolic link/)
    assert.not(fs.existsSync(`${place}/nowhere`))
    fs.writeFileSync(`${place}/file`, '')
    refusesAll(`${place}/file`, /is not a directory/)
  }),
)

onLinux('the run directory is refused by name when others can write into it', () =>
  withRunDirectory(place => {
    for (const mode of [0o770, 0o702, 0o777, 0o1777]) {
      const run = `${place}/${mode.toString(8)}`
      plant(run)
      fs.chmodSync(run, mode)
      refusesAll(run, /can be written by others \(chmod go-w/)
    }
  }),
)

asRoot("the run directory is refused by name when it is somebody else's", () =>
  withRunDirectory(place => {
    const run = `${place}/run`
    plant(run)
    fs.chmodSync(run, 0o700)
    fs.chownSync(run, stranger, stranger)
    refusesAll(run, /belongs to user 61999, and we are 0/)
  }),
)

onLinux('the run directory is taken when it is ours and others can at most look into it', () =>
  withRunDirectory(place => {
    for (const mode of [0o700, 0o711, 0o755]) {
      const run = `${place}/${mode.toString(8)}`
      fs.mkdirSync(run)
      fs.chmodSync(run, mode)
      assert.ok(checkRunDirectory(run))
      for (const use of Object.values(uses)) use(run)
      assert.is(fs.statSync(run).mode & 0o777, mode, 'and left as it is')
    }
  }),
)

onLinux('looking for containers makes no run directory when there is none', () =>
  withRunDirectory(place => {
    const run = `${place}/none`
    for (const name of ['read', 'list', 'dead', 'release', 'holds']) uses[name]!(run)
    assert.not(fs.existsSync(run))
  }),
)

asRoot("the run directory is private when it is made, and root's can be passed through", () =>
  withRunDirectory(place => {
    fs.chmodSync(place, 0o777)
    const modeOf = (run: string): number => fs.statSync(run).mode & 0o7777
    const mask = process.umask(0)
    try {
      makeRunDirectory(`${place}/a/root`)
      process.seteuid!(stranger)
      makeRunDirectory(`${place}/user`)
    } finally {
      process.seteuid!(0)
      process.umask(mask)
    }
    assert.equal([modeOf(`${place}/a/root`), modeOf(`${place}/user`)], [0o711, 0o700])
  }),
)

test.run()
