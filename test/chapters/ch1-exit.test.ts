/** ch1: how a program's end, or its failure to start, comes back as the exit code that Docker would give. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Result, run, start } from '#support/cli'
import { needs } from '#support/needs'
import { descendant } from '#support/processes'
import { leftovers, newWorld } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside')
const both = [
  ['ch1', 'run'],
  ['ch2', 'run'],
] as const

/** One line for people, no stack. */
function oneLine({ stderr }: Result, pattern: RegExp): void {
  assert.match(stderr, /^mini-docker: [^\n]+\n$/)
  assert.match(stderr, pattern)
}

for (const command of both) {
  const name = command[0]

  asRoot(`${name} passes the exit code on when a program exits by itself`, async () => {
    const codes = [0, 1, 42, 125, 126, 127, 255]
    const results = await Promise.all(codes.map(code => run(world, [...command, 'inside', 'exit', String(code)])))
    assert.equal(
      results.map(({ code }) => code),
      codes,
    )
    for (const { stderr } of results) assert.is(stderr, '')
  })

  asRoot(`${name} says 128 + n when signal n ends the program`, async () => {
    // number 1 of a pid namespace has no default actions: of another namespace only this signal ends it
    const signals =
      name === 'ch2' ? (['SIGKILL'] as const) : (['SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGSEGV', 'SIGPIPE'] as const)
    const results = signals.map(async (signal: NodeJS.Signals) => {
      const cli = start(world, [...command, 'sh', '-c', 'sleep 60; :']) // a child of sh, so that no shell execs it
      await descendant(cli.pid, 'sleep')
      const shell = await descendant(cli.pid, 'sh')
      process.kill(shell, signal)
      return (await cli.done).code
    })
    const expected = name === 'ch1' ? [143, 137, 129, 139, 141] : [137]
    assert.equal(await Promise.all(results), expected)
    assert.equal(await leftovers(world), [])
  })

  asRoot(`${name} says 126 or 127 and why when a program cannot start`, async () => {
    const rootfs = world.copyRootfs()
    const write = (file: string, text: string, mode: number): void =>
      fs.writeFileSync(`${rootfs}/${file}`, text, { mode })
    write('plain', 'text', 0o644)
    write('bare-script', 'echo hello\n', 0o755)
    write('lost-interpreter', '#!/no/such/interpreter\n', 0o755)
    write('garbage', '\x7fELF no machine of ours', 0o755)
    fs.symlinkSync('/nowhere', `${rootfs}/dangling`)
    fs.symlinkSync('loop', `${rootfs}/loop`)
    const expected: readonly (readonly [program: string, code: number, said: RegExp])[] = [
      ['no-such-program', 127, /'no-such-program': ENOENT \(.*PATH/],
      ['/no/such/program', 127, /'\/no\/such\/program': ENOENT/],
      ['/plain/below', 127, /ENOTDIR|ENOENT/],
      ['/dangling', 127, /ENOENT/],
      ['', 127, /ENOENT/],
      ['/loop', 126, /ELOOP/], // as env(1) has it: 127 is for ENOENT alone
      ['/etc', 126, /'\/etc': EACCES/],
      ['/plain', 126, /'\/plain': EACCES.*chmod/],
      ['/lost-interpreter', 127, /'\/lost-interpreter': ENOENT.*interpreter/],
      ['/bare-script', 126, /'\/bare-script': ENOEXEC.*#!/],
      ['/garbage', 126, /ENOEXEC/],
    ]
    const checks = expected.map(async ([program, code, said]) => {
      const result = await run(world, [...command, '--rootfs', rootfs, program])
      assert.is(result.code, code, `'${program}': ${result.stderr}`)
      oneLine(result, said)
    })
    await Promise.all(checks)
    assert.equal(await leftovers(world), [])
  })

  asRoot(`${name} passes a variable of 130 KB on when it is nearly as long as the kernel takes`, async () => {
    const LONG = 'x'.repeat(131_000)
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
    const { code, stdout } = await run(world, [...command, '-e', 'LONG', 'sh', '-c', 'echo ${#LONG}'], {
      env: { LONG },
    })
    assert.equal([code, stdout], [0, '131000\n'])
  })

  asRoot(`${name} says 127 when the working directory is missing or a file`, async () => {
    const [missing, file] = await Promise.all(
      ['/no/such', '/etc/passwd'].map(place => run(world, [...command, '-w', place, 'true'])),
    )
    assert.equal([missing!.code, file!.code], [127, 127])
    oneLine(missing!, /'\/no\/such'.*ENOENT.*--workdir/)
    oneLine(file!, /'\/etc\/passwd'.*ENOTDIR/)
  })
}

test.run()
