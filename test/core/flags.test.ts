import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Flag, type Parsed, parseFlags } from '#core/cli/flags'
import { MiniDockerError } from '#core/errors'

const table: readonly Flag[] = [
  { name: 'interactive', short: 'i', about: '' },
  { name: 'tty', short: 't', about: '' },
  { name: 'env', short: 'e', value: 'KEY=VALUE', many: true, about: '' },
  { name: 'workdir', short: 'w', value: 'DIR', about: '' },
  { name: 'read-only', about: '' },
]
const parse = (...argv: string[]): Parsed => parseFlags('chN run', table, argv)

function refusal(...argv: string[]): string {
  try {
    parse(...argv)
  } catch (error) {
    if (error instanceof MiniDockerError && error.class === 'InvalidArgument') return error.line
    throw error
  }
  return 'taken'
}
const help = '(mini-docker chN run --help)'

test('parseFlags sets several switches when they are bundled', () => {
  const { flags, rest } = parse('-it', 'sh')
  assert.ok(flags.on('interactive') && flags.on('tty'))
  assert.equal(rest, ['sh'])
})

test('parseFlags tells what stood behind -- apart when there is one', () => {
  const words = parseFlags('chN union', table, ['low', '-i', 'high', '--', 'ls', '-l'], true)
  assert.equal(words.rest, ['low', 'high', 'ls', '-l'])
  assert.equal(words.flags.afterDashes, ['ls', '-l'])
  assert.equal(parse('-i', 'ls').flags.afterDashes, null)
  assert.equal(parse('--').flags.afterDashes, [])
})

test('parseFlags takes a value when it is attached, follows, or ends a bundle', () => {
  for (const argv of [
    ['--workdir=/x'],
    ['--workdir', '/x'],
    ['-w', '/x'],
    ['-w/x'],
    ['-w=/x'],
    ['-itw/x'],
    ['-itw', '/x'],
  ]) {
    const { flags, rest } = parse(...argv, 'id')
    assert.is(flags.one('workdir'), '/x', argv.join(' '))
    assert.equal(rest, ['id'], argv.join(' '))
  }
})

test('parseFlags keeps what follows the first = when the value has one itself', () => {
  assert.equal(parse('--env=A=1=2', '-eB=3', '-e', 'C=').flags.all('env'), ['A=1=2', 'B=3', 'C='])
})

test('parseFlags takes an empty value when it is written', () => {
  assert.is(parse('--workdir=').flags.one('workdir'), '')
  assert.is(parse('--workdir', '').flags.one('workdir'), '')
})

test('parseFlags takes a value that looks like a flag when one is needed', () => {
  assert.is(parse('--workdir', '--tty').flags.one('workdir'), '--tty')
  assert.not(parse('--workdir', '--tty').flags.on('tty'))
})

test('parseFlags leaves the rest alone when the command has begun', () => {
  assert.equal(parse('-i', 'ls', '-t', '--', '--help').rest, ['ls', '-t', '--', '--help'])
  assert.equal(parse('-i', '--', '-t').rest, ['-t'])
  assert.equal(parse('-', '-i').rest, ['-', '-i'])
  assert.equal(parse('', '-i').rest, ['', '-i'])
})

test('parseFlags wants help when it comes before the command', () => {
  assert.ok(parse('--help').help)
  assert.ok(parse('-i', '-h', 'sh').help)
  assert.not(parse('sh', '--help').help)
  assert.not(parse('--', '-h').help)
})

test('parseFlags takes a switch twice and a single value once when they are repeated', () => {
  assert.ok(parse('-i', '-i', '--interactive').flags.on('interactive'))
  assert.is(refusal('-w', '/a', '--workdir=/b'), `flag '--workdir': was given twice ${help}`)
  assert.is(refusal('-w', '/a', '-w/b'), `flag '-w': was given twice ${help}`)
})

test('parseFlags names the flag when it is unknown', () => {
  assert.is(refusal('--moon'), `flag '--moon': is unknown ${help}`)
  assert.is(refusal('--moon=1'), `flag '--moon': is unknown ${help}`)
  assert.is(refusal('-x'), `flag '-x': is unknown ${help}`)
  assert.is(refusal('-ix'), `flag '-x': is unknown ${help}`)
  assert.is(refusal('-interactive'), `flag '-n': is unknown ${help}`)
})

test('parseFlags says what is missing when a value is', () => {
  assert.is(refusal('--workdir'), `flag '--workdir': needs a value: DIR ${help}`)
  assert.is(refusal('-ie'), `flag '-e': needs a value: KEY=VALUE ${help}`)
})

test('parseFlags refuses a value when the flag is a switch', () => {
  assert.is(refusal('--tty=no'), `flag '--tty=no': takes no value ${help}`)
  assert.ok(parse('--tty=true').flags.on('tty'))
})

const word = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '-',
    '--',
    '-it',
    '-w',
    '-e',
    '--env',
    '--env=',
    '--workdir',
    '--read-only',
    '--help',
    '--=',
    '-=',
    '-e=',
    'sh',
  ),
  fc.string().map(text => `--${text}`),
  fc.string().map(text => `-${text}`),
  fc.constantFrom('--__proto__', '--constructor', '--toString=1', '-é', '-💥'),
)

test('parseFlags throws nothing but InvalidArgument when the words are any', () => {
  fc.assert(
    fc.property(fc.array(word), argv => {
      refusal(...argv)
    }),
    { numRuns: 2000 },
  )
})

test('parseFlags gives all that follows to a flag that takes the rest, whatever it looks like', () => {
  const rest: readonly Flag[] = [...table, { name: 'cmd', value: 'COMMAND...', takesRest: true, about: '' }]
  for (const given of [['--cmd', 'node'], ['--cmd=node']]) {
    const { flags, rest: others } = parseFlags('chN pack', rest, ['dir', ...given, '-i', '--', '--help', '-x'], true)
    assert.equal(flags.all('cmd'), ['node', '-i', '--', '--help', '-x'])
    assert.equal(others, ['dir'])
    assert.not(flags.on('interactive'))
  }
})

test('parseFlags passes the command on untouched when it follows --', () => {
  fc.assert(
    fc.property(fc.array(word), command => {
      assert.equal(parse('-i', '--', ...command).rest, command)
    }),
  )
})

test.run()
