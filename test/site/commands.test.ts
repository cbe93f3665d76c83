import { type ChildProcess, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cliPath, environment } from '#support/cli'
import { needs } from '#support/needs'
import { type Machine, makeMachine } from '#support/netns'
import { Pty } from '#support/pty'
import { filesBelow, readSource } from '#support/repository'
import {
  type Command,
  commandsOf,
  nameOf,
  needsOf,
  type Script,
  wantsNetwork,
  wantsTerminal,
} from '#support/site/commands'
import { newWorld, readOr, until, type World } from '#support/world'

const SECONDS = 40
const pages = [
  ...filesBelow('site', '.md').filter(page => !page.startsWith('site/zh/')),
  ...filesBelow('labs', 'task.md'),
]
const found = pages.map(page => commandsOf(page, readSource(page)))
const scripts = found.flatMap(one => one.scripts)
const illustrative = found.reduce((sum, one) => sum + one.illustrative, 0)

/** `mini-docker` and `npx mini-docker` as the reader has them, first in PATH. */
function putInPath(world: World): string {
  const bin = world.directoryOf({
    'mini-docker': `#!/bin/sh\nexec '${process.execPath}' '${cliPath}' "$@"\n`,
    npx: '#!/bin/sh\nexec "$@"\n',
  })
  for (const name of ['mini-docker', 'npx']) fs.chmodSync(`${bin}/${name}`, 0o755)
  return bin
}

interface Ended {
  readonly code: number | null
  readonly output: string
}

function launch(
  argv: readonly string[],
  world: World,
  bin: string,
  stdio: number | null,
): [ChildProcess, Promise<Ended>] {
  const { PATH, ...env } = environment(world)
  const child = spawn(argv[0]!, argv.slice(1), {
    env: { ...env, PATH: `${bin}:${PATH}`, TERM: 'vt100' },
    cwd: world.directory,
    stdio: stdio === null ? ['ignore', 'pipe', 'pipe'] : [stdio, stdio, stdio],
    timeout: SECONDS * 1000,
    killSignal: 'SIGKILL',
  })
  let output = ''
  child.stdout?.on('data', text => (output += text))
  child.stderr?.on('data', text => (output += text))
  return [child, new Promise(resolve => child.on('close', code => resolve({ code, output })))]
}

async function runOnTerminal(line: string, world: World, bin: string): Promise<Ended> {
  const pty = new Pty({ rows: 24, columns: 80 })
  try {
    const [, ended] = launch(['setsid', '--ctty', 'sh', '-c', line], world, bin, pty.slave)
    // a shell shows a prompt and is told to go; anything else ends by itself, and never reads it
    await Promise.race([pty.shows(/[#$] /).then(() => pty.type('exit\n')), ended]).catch(() => undefined)
    return { ...(await ended), output: pty.text }
  } finally {
    pty.close()
  }
}

async function play(script: Script): Promise<void> {
  const world = newWorld()
  const bin = putInPath(world)
  let machine: Machine | null = null
  const running: ChildProcess[] = []
  try {
    if (script.commands.some(wantsNetwork)) machine = await makeMachine()
    const enter = machine === null ? [] : ['nsenter', '-t', String(machine.host.pid), '-n', '-m']
    for (const [i, command] of script.commands.entries()) {
      const argv = [...enter, 'sh', '-c', `exec ${command.line}`]
      if (command.background) {
        const [child, ended] = launch(argv, world, bin, null)
        running.push(child)
        await started(command, world, ended)
        continue
      }
      const ending = wantsTerminal(command)
        ? runOnTerminal([...enter, command.line].join(' '), world, bin)
        : launch([...enter, 'sh', '-c', command.line], world, bin, null)[1]
      const { code, output } = await ending
      const expected = i === script.commands.length - 1 ? script.exit : 0
      assert.is(code, expected, `${script.page}:${script.at}: '${command.line}' printed ${JSON.stringify(output)}`)
    }
  } finally {
    for (const child of running) child.kill('SIGKILL') // number 1 of a pid namespace does not notice SIGTERM
    await Promise.all(running.map(child => child.exitCode ?? new Promise(resolve => child.on('close', resolve))))
    // what was killed cleans up nothing: the next command does, as long as its record is there
    if (running.length > 0) await launch(['mini-docker', 'ch2', 'run', '--', 'true'], world, bin, null)[1]
    machine?.end()
  }
}

/** A container in the background counts as started once it has its record. */
async function started(command: Command, world: World, ended: Promise<Ended>): Promise<void> {
  let early: Ended | null = null
  ended.then(result => (early = result))
  const name = nameOf(command)
  await until(`'${command.line}' runs`, () => {
    if (early !== null) throw new Error(`'${command.line}' ended: ${early.output}`)
    if (name === undefined) return true
    const states = filesIn(`${world.run}/containers`).map(id => `${world.run}/containers/${id}/state.json`)
    return states.some(state => /"status":\s*"running"/.test(readOr('', state))) // it may end, and its record go
  })
}
const filesIn = (directory: string): string[] => (fs.existsSync(directory) ? fs.readdirSync(directory) : [])

for (const script of scripts) {
  const wanted = [...new Set(script.commands.flatMap(needsOf))]
  needs(...wanted)(`${script.page}:${script.at}: ${script.commands[0]!.line} runs when it is typed`, () => play(script))
}

test('every command of a page is run or marked as illustrative when pages are read', () => {
  console.log(`\n${scripts.length} blocks of commands run, ${illustrative} are illustrative`)
  assert.ok(scripts.length >= 5)
  assert.equal(
    found.flatMap(one => one.errors),
    [],
  )
})

test('commandsOf() takes what a reader types when comments, prompts and other programs stand by', () => {
  const page = [
    '```sh',
    'npm ci',
    '$ npx mini-docker ch2 run -- sh -c \'echo "#"\'   # a shell',
    'mini-docker ch2 run --name web -- sleep 100 &',
    '```',
    '```sh exit=126',
    'mini-docker ch1 run /etc',
    '```',
    '```sh illustrative',
    'mini-docker lab start ch1/x',
    '```',
    '```ts',
    'mini-docker',
    '```',
  ]
  const { scripts, illustrative, errors } = commandsOf('a.md', page.join('\n'))
  assert.equal(errors, [])
  assert.is(illustrative, 1)
  assert.equal(
    scripts.map(({ commands, exit }) => [
      exit,
      ...commands.map(({ line, background }) => `${line}${background ? ' &' : ''}`),
    ]),
    [
      [0, 'mini-docker ch2 run -- sh -c \'echo "#"\'', 'mini-docker ch2 run --name web -- sleep 100 &'],
      [126, 'mini-docker ch1 run /etc'],
    ],
  )
})

test('commandsOf() refuses what it cannot run when it is not marked', () => {
  const errors = (line: string): string => commandsOf('a.md', `\`\`\`sh\n${line}\n\`\`\``).errors.join()
  assert.match(errors('mini-docker lab start ch1/x'), /writes/)
  assert.match(errors('mini-docker ch1 run --lab -- ls /'), /writes/)
  assert.match(errors('mini-docker ch1 run \\\n  ls'), /goes on/)
  assert.is(errors('mini-docker lab list'), '')
})

test('needsOf() knows what a command wants when it is read', () => {
  const of = (line: string): string => needsOf({ line, background: false }).join(' ')
  assert.is(of('mini-docker doctor'), 'linux root')
  assert.is(of('mini-docker doctor --facts'), '')
  assert.is(of('mini-docker ch2 run --explain --net bridge'), '')
  assert.is(of('mini-docker ch2 run --explain'), '')
  assert.is(of('mini-docker ch1 run ls'), 'linux root')
  assert.match(of('mini-docker ch2 run --net bridge -- ip addr'), /native root ip nft/)
  assert.match(of('mini-docker ch2 run -it'), /setsid/)
  assert.is(of('mini-docker ch3 run -- true'), 'linux user namespaces native root cgroups')
  assert.match(of('mini-docker ch3 run --net bridge --net-rate-in 10mbit -- true'), / tc$/)
})

for (const [what, ...lines] of [
  ['a shell on a terminal', 'mini-docker ch2 run -it'],
  ['a container in the background', 'mini-docker ch2 run --name web -- sleep 100 &', 'mini-docker ch2 exec web ps'],
  ['a network', 'mini-docker ch2 run --net bridge -- ip addr'],
] as const) {
  const commands = lines.map(line => ({ line: line.replace(/ &$/, ''), background: line.endsWith(' &') }))
  needs(...new Set(commands.flatMap(needsOf)))(`${what} is arranged when a command wants it`, () =>
    play({ page: 'a.md', at: 1, commands, exit: 0 }),
  )
}

test('a command that fails is told when it is played', async () => {
  const broken: Script = { page: 'a.md', at: 1, commands: [{ line: 'mini-docker nope', background: false }], exit: 0 }
  const told = await play(broken).then(
    () => null,
    (error: Error) => error.message,
  )
  assert.match(String(told), /a\.md:1: 'mini-docker nope' printed .*is unknown/)
  await play({ ...broken, exit: 125 })
})

test.run()
