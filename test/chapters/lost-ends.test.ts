/** Runs whose other side goes away: who reads the terminal's output, what a file of facts or a trap held before. */

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cliPath, environment, run } from '#support/cli'
import { needs } from '#support/needs'
import { lifetime } from '#support/patience'
import { leftovers, newWorld } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'bash')

/** In a shell, for its pipes: the CLI stands as "$@". */
const inShell = (script: string): { status: number | null; stdout: string; stderr: string } =>
  spawnSync('bash', ['-c', script, 'bash', process.execPath, cliPath, 'ch2', 'run', '--rootfs', world.rootfs], {
    env: environment(world),
    encoding: 'utf8',
    timeout: lifetime * 1000,
  })

asRoot('a container on a terminal ends as by SIGPIPE when the reader of its output is gone', async () => {
  const { stdout, stderr } = inShell('"$@" -t -- yes | head -1; echo $PIPESTATUS')
  assert.equal([stdout.replaceAll('\r', ''), stderr], ['y\n141\n', ''])
  assert.equal(await leftovers(world), [])
})

asRoot('a container on a terminal is ended with one line when its output cannot be written', async () => {
  const { status, stderr } = inShell('"$@" -t -- yes > /dev/full')
  assert.equal([status, stderr], [125, 'mini-docker: stdout: ENOSPC\n'])
  assert.equal(await leftovers(world), [])
})

asRoot('the escape leaves a directory alone when it held files before', async () => {
  const trap = `${world.rootfs}/.escape`
  fs.mkdirSync(trap)
  fs.writeFileSync(`${trap}/mine`, '')
  assert.is((await run(world, ['ch1', 'escape', '--rootfs', world.rootfs, 'true'])).code, 0)
  assert.equal(fs.readdirSync(trap), ['mine'])
  fs.rmSync(trap, { recursive: true })
})

needs('linux')('a file of facts is refused by its field when that is of another kind', async () => {
  const file = `${world.directory}/facts.json`
  for (const [json, said] of [
    ['{"tools":{"ip":5}}', /tools\.ip: must be a string/],
    ['{"subuid":7}', /subuid: must be a list/],
    ['{"uid":"0"}', /uid: must be a number/],
    ['[]', /must be an object/],
  ] as const) {
    fs.writeFileSync(file, json)
    const { code, stderr } = await run(world, ['ch2', 'run', '--explain', '--facts', file])
    assert.is(code, 125)
    assert.match(stderr, said)
  }
})

test.run()
