/**
 * The attacks that are known: with all walls none of them works; each of its walls alone stops it; and with those left out it works,
 * or this test could not fail.
 */

import * as fs from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { attacks } from '#support/attacks/attacks'
import { choicesOf } from '#support/attacks/choices'
import { tryAttack } from '#support/attacks/try-attack'
import { makeBundle, Runtime } from '#support/bundle'
import { needs } from '#support/needs'
import { repository } from '#support/repository'
import { newWorld, readOr, until } from '#support/world'
import { attackNames, type EscapeData } from '../../site/.vitepress/theme/toys/escape-data.js'

const world = newWorld()
const { attacks: recorded } = JSON.parse(fs.readFileSync(`${repository}site/data/escapes.json`, 'utf8')) as EscapeData
const here = needs('root', 'native', 'inside')

for (const attack of attacks) {
  const { name, cve, walls, missing } = attack
  const lacks = missing?.() ?? null
  const title = `${name}${cve === null ? '' : ` (${cve})`} works when ${walls.join(', ')} are left out, and is stopped by each alone`
  if (lacks !== null) {
    test(title, () => console.log(`\nskipped: ${title}: needs ${lacks}`))
    continue
  }
  here(title, async () => {
    for (const without of choicesOf(walls)) {
      const { worked, shown } = await tryAttack(world, attack, without)
      assert.is(worked, without.length === walls.length, `without ${without.join(', ') || 'none'}: ${shown}`)
      const stored = recorded.find(one => one.name === name)!.tries.find(one => isDeepStrictEqual(one.without, without))
      assert.equal({ without, worked, said: shown }, stored, 'what the page says')
    }
  })
}

here('a container that joins another one’s pid namespace shows it no file of ours (CVE-2019-5736)', async () => {
  const runtime = new Runtime(world)
  const [attacker, guest, output] = [runtime.newId(), runtime.newId(), world.path()]
  const word = '\u007fELF' // what is there already: a stage that can be lost is not
  const bundle = makeBundle(world, ['inside', 'overwrite', '/bin/true', word])
  assert.is(runtime.run(['run', '-d', '-b', bundle, attacker], { output }).code, 0)
  const path = `/proc/${runtime.state(attacker).pid}/ns/pid`
  const inIts = makeBundle(world, ['true'], spec => ({
    ...spec,
    linux: {
      ...spec.linux,
      namespaces: [...spec.linux!.namespaces!.filter(({ type }) => type !== 'pid'), { type: 'pid', path }],
    },
  }))
  for (let tries = 0; tries < 40 && !readOr('', output).includes('opened'); tries++)
    assert.is(runtime.run(['run', '-b', inIts, guest]).code, 0)
  await until('it has ended', () => runtime.state(attacker).status === 'stopped')
  assert.is(readOr('', output), 'opened\nrefused: EPERM\n')
  runtime.run(['delete', attacker])
})

test('every attack of the page is tried', () => {
  assert.equal(attacks.map(({ name }) => name).sort(), [...attackNames].sort())
})

test.run()
