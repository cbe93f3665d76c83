/**
 * ch2: the host's mount table is the same after a container as before it, byte for byte, however the run ended and
 * whatever propagation the host's "/" has. Each check has a mount namespace of its own around the CLI: others may mount
 * meanwhile.
 */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Result, run } from '#support/cli'
import { needs } from '#support/needs'
import { leftovers, newWorld, nonce, withoutOthers } from '#support/world'

const world = newWorld()
const asRoot = needs('root', 'native', 'inside', 'unshare')

/** Runs a shell script with the command line as "$@", between two looks at the mount table. */
async function around(
  propagation: string,
  script: string,
  args: readonly string[],
): Promise<Result & { before: string; after: string }> {
  const mark = nonce()
  const wrapped = `cat /proc/self/mountinfo; echo ${mark}; ${script}; echo ${mark}; cat /proc/self/mountinfo`
  const result = await run(world, args, {
    prefix: ['unshare', '-m', '--propagation', propagation, 'sh', '-c', wrapped, 'sh'],
  })
  const [before, stdout, after] = result.stdout.split(`${mark}\n`) as [string, string, string]
  return { ...result, before: withoutOthers(before), stdout, after: withoutOthers(after) }
}

const source = world.directoryOf({ file: nonce() })
const ways: Readonly<Record<string, readonly [script: string, args: string[], said: RegExp]>> = {
  'the program ends': ['"$@"', ['ch2', 'run', '-v', `${source}:/v`, '--tmpfs', '/t', 'inside', 'exit', '0'], /^$/],
  'the program has its own users': ['"$@"', ['ch2', 'run', '--userns', '-v', `${source}:/v:ro`, 'true'], /^$/],
  'the program is not there': ['"$@"; echo $?', ['ch2', 'run', '/no/such/program'], /^127\n$/],
  'a mount fails': ['"$@"; echo $?', ['ch2', 'run', '--tmpfs', '/t:no-such-option', 'true'], /^125\n$/],
  'the CLI is killed': [
    '"$@" & cli=$!; sleep 0.4; kill -9 $cli; wait $cli; echo $?; sleep 0.1',
    ['ch2', 'run', '-v', `${source}:/v`, 'sleep', '60'],
    /^137\n$/,
  ],
  'the CLI is killed early': [
    'for t in 10 12 14 16 18; do "$@" & cli=$!; sleep 0.$t; kill -9 $cli; wait $cli; done',
    ['ch2', 'run', 'sleep', '60'],
    /^$/,
  ],
  'a container mounts': ['"$@"', ['ch2', 'run', 'mount', '-t', 'tmpfs', 'none', '/mnt'], /^$/],
  'it joins with ch1': ['"$@"', ['ch1', 'run', 'true'], /^$/],
  'it escapes': ['"$@"', ['ch2', 'escape', 'true'], /^$/],
}

for (const propagation of ['private', 'shared', 'slave']) {
  asRoot(`the mount table is as before when / is ${propagation}, however a run ends`, async () => {
    const checks = Object.entries(ways).map(async ([name, [script, args, said]]) => {
      const { before, after, stdout, stderr } = await around(propagation, script, args)
      assert.match(stdout, said, `${name}: ${stderr}`)
      assert.is(after, before, name)
      assert.match(before, propagation === 'shared' ? / shared:\d+ / : /^/)
    })
    await Promise.all(checks)
    assert.equal(
      (await leftovers(world)).filter(left => !left.startsWith('record')),
      [],
    )
  })
}

asRoot('the records of killed runs are taken back when the next run starts', async () => {
  await run(world, ['ch2', 'run', 'true'])
  assert.equal(await leftovers(world), [])
})

/** What a script waits for: a file that the other side makes. */
const awaitFile = (file: string): string => `until test -e ${file}; do sleep 0.01; done`

asRoot('the mount table is as before while a container runs and / is shared', async () => {
  for (const flags of [[], ['--userns']]) {
    const sync = world.directoryOf({})
    fs.chmodSync(sync, 0o777)
    const args = [
      'ch2',
      'run',
      ...flags,
      '-v',
      `${source}:/v`,
      '-v',
      `${sync}:/s`,
      'sh',
      '-c',
      `touch /s/up; ${awaitFile('/s/go')}`,
    ]
    const { before, stdout } = await around(
      'shared',
      `"$@" & ${awaitFile(`${sync}/up`)}; cat /proc/self/mountinfo; touch ${sync}/go; wait`,
      args,
    )
    assert.is(withoutOthers(stdout), before, flags.join(' '))
  }
})

asRoot('mounts of the host show up in a container when they were there before it, and later ones do not', async () => {
  const [place, sync] = [world.directoryOf({}), world.directoryOf({})]
  const inside = `ls /v; touch /s/up; ${awaitFile('/s/go')}; ls /v`
  const args = ['ch2', 'run', '-v', `${place}:/v`, '-v', `${sync}:/s`, 'sh', '-c', inside]
  const first = `mount -t tmpfs a ${place}; touch ${place}/before; "$@" & ${awaitFile(`${sync}/up`)}`
  const second = `mount -t tmpfs b ${place}; touch ${place}/after ${sync}/go; wait; umount ${place}; umount ${place}`
  const { stdout, before, after } = await around('shared', `${first}; ${second}`, args)
  assert.is(stdout, 'before\nbefore\n')
  assert.is(after, before)
})

test.run()
