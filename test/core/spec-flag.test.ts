import * as fs from 'node:fs'
import * as os from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseFlags } from '#core/cli/flags'
import { processFlags } from '#core/cli/process-flags'
import { seeingFlags } from '#core/cli/seeing'
import { givenSpec, specFlag } from '#core/cli/spec-flag'
import { type ErrorClass, MiniDockerError } from '#core/errors'
import type { Spec } from '#core/spec/runtime'
import { chapters } from '#support/examples'

const ch1 = chapters[0]!
const directory = fs.realpathSync(fs.mkdtempSync(`${os.tmpdir()}/mini-docker-spec-`))
fs.mkdirSync(`${directory}/rootfs`)
test.after(() => fs.rmSync(directory, { recursive: true }))

const file = `${directory}/config.json`
const spec: Spec = { ...ch1.examples.shell!, root: { path: 'rootfs' } }
const write = (value: object): void => fs.writeFileSync(file, JSON.stringify(value))

function given(...argv: string[]): Promise<Spec | null> {
  const { flags, rest } = parseFlags('ch1 run', [...processFlags, specFlag, ...seeingFlags], argv)
  return givenSpec(ch1, flags, rest)
}

async function refusal(...argv: string[]): Promise<ErrorClass | 'none'> {
  try {
    await given(...argv)
  } catch (error) {
    if (error instanceof MiniDockerError) return error.class
    throw error
  }
  return 'none'
}

test('--spec gives nothing when it was not given', async () => {
  assert.is(await given('--user', '1', 'ls'), null)
})

test("--spec gives the file's spec when its root lies beside it", async () => {
  write(spec)
  assert.equal(await given('--spec', file, '--explain', '--json'), { ...spec, root: { path: `${directory}/rootfs` } })
})

test('--spec takes a root that is missing when it only plans', async () => {
  write({ ...spec, root: { path: '/no/such' } })
  assert.is((await given('--spec', file, '--explain'))?.root.path, '/no/such')
  assert.is(await refusal('--spec', file), 'NotFound')
})

test('--spec refuses what the spec says already when a flag or a command says it too', async () => {
  write(spec)
  assert.is(await refusal('--spec', file, '--user', '1'), 'InvalidArgument')
  assert.is(await refusal('--spec', file, '--rootfs', '/'), 'InvalidArgument')
  assert.is(await refusal('--spec', file, 'ls'), 'InvalidArgument')
})

test('--spec refuses a file when it is missing, no file, no JSON or no spec', async () => {
  assert.is(await refusal('--spec', `${directory}/none`), 'NotFound')
  assert.is(await refusal('--spec', directory), 'InvalidArgument')
  fs.writeFileSync(file, '{')
  assert.is(await refusal('--spec', file), 'InvalidArgument')
  write({})
  assert.is(await refusal('--spec', file), 'InvalidArgument')
})

test('--spec refuses a field when the chapter does not know it', async () => {
  write({ ...spec, linux: { namespaces: [{ type: 'pid' }] } })
  assert.is(await refusal('--spec', file), 'Unsupported')
})

test.run()
