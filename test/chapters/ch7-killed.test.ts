import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Runtime } from '#support/bundle'
import { needs } from '#support/needs'
import { newWorld } from '#support/world'
import { killed, RuntimeKillSuite } from '../suites/runtime-kill-suite.js'

const here = needs('root', 'native')

here('list is right and delete cleans all when the runtime is killed at any moment', async () => {
  const suite = new RuntimeKillSuite()
  await suite.begin()
  for (let round = 0; round < 5; round++) for (const operation of killed) await suite.kill(operation)
  assert.ok(suite.found.size >= 3, [...suite.found.keys()].join(', '))
})

here('a directory that was half made by who is gone goes with the next delete, and nobody else’s', () => {
  const runtime = new Runtime(newWorld())
  const containers = `${runtime.root}/containers`
  fs.mkdirSync(containers, { recursive: true, mode: 0o711 })
  const gone = spawnSync('true').pid
  for (const maker of [gone, process.pid]) fs.mkdirSync(`${containers}/.box.${maker}`)
  fs.writeFileSync(`${containers}/.box.${gone}/state.json`, '{')
  assert.equal(runtime.run(['delete', '-f', 'box']), { code: 0, stdout: '', stderr: '' })
  assert.equal(fs.readdirSync(containers), [`.box.${process.pid}`])
})

test.run()
