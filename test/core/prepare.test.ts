import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { repository } from '#support/repository'

test('what is built stays when npx links the checkout into its cache', () => {
  const { prepare } = (
    JSON.parse(fs.readFileSync(`${repository}package.json`, 'utf8')) as { scripts: { prepare: string } }
  ).scripts
  const built = `${repository}dist/mini-docker.cjs`
  const before = fs.statSync(built).mtimeMs
  const { status, stdout } = spawnSync(prepare, {
    cwd: repository,
    shell: true,
    encoding: 'utf8',
    env: { ...process.env, npm_command: 'exec', PATH: process.execPath.replace(/\/[^/]*$/, '') },
  })
  assert.is(status, 0)
  assert.is(stdout, '')
  assert.is(fs.statSync(built).mtimeMs, before)
})

test.run()
