/** ch4 build: what is found in the cache and what is not, stages at the same time, builds that are killed. */

import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BuildWorld, cachedIn, newBuildWorld } from '#support/build'
import { run, start } from '#support/cli'
import { isThere, needs } from '#support/needs'
import { onQuietMachine } from '#support/patience'
import { leftovers, sleep } from '#support/world'

const needed = ['root', 'native', 'tar']
const asRoot = needs(...needed)
const world = needed.every(isThere) ? await newBuildWorld() : (null as unknown as BuildWorld)
const lines = (...all: readonly string[]): string => all.map(line => `${line}\n`).join('')

const Dockerfile = lines(
  'FROM base',
  'WORKDIR /w',
  'COPY src/ src/',
  'ARG V=1',
  'RUN cat src/a > out && echo $V >> out',
  'LABEL x=y',
  'COPY last .',
)
const files = { Dockerfile, 'src/a': 'A\n', last: 'L' }
const all = ['WORKDIR /w', 'COPY src/ src/', 'RUN cat src/a > out && echo $V >> out', 'COPY last .']

asRoot('everything is found when nothing has changed, and the image is the same', async () => {
  const context = world.context(files)
  const first = await world.built(context, ['-t', 'a'])
  assert.equal(cachedIn(first), [])
  const second = await world.built(context, ['-t', 'a'])
  assert.equal(cachedIn(second), all)
  assert.is(second.stdout, first.stdout)
  const again = await world.built(world.context(files), ['-t', 'b'])
  assert.equal(cachedIn(again), all)
})

asRoot('a step is found when only a time has changed', async () => {
  const context = world.context(files)
  fs.utimesSync(`${context}/src/a`, 1, 1)
  fs.utimesSync(`${context}/src`, 1, 1)
  assert.equal(cachedIn(await world.built(context)), all)
})

asRoot('a step is performed when content, mode or name of what it copies has changed, and all after it', async () => {
  const changes: ((context: string) => void)[] = [
    context => fs.writeFileSync(`${context}/src/a`, 'B\n'),
    context => fs.chmodSync(`${context}/src/a`, 0o600),
    context => fs.mkdirSync(`${context}/src/d`),
    context => fs.symlinkSync('a', `${context}/src/link`),
    context => fs.writeFileSync(`${context}/src/b`, ''),
  ]
  for (const change of changes) {
    const context = world.context(files)
    change(context)
    assert.equal(cachedIn(await world.built(context)), all.slice(0, 1), String(change))
  }
})

asRoot('a step after another is found when what came before it came out the same', async () => {
  // the last COPY changes alone
  const context = world.context({ ...files, last: 'M' })
  assert.equal(cachedIn(await world.built(context)), all.slice(0, 3))
})

asRoot('a RUN is performed when its ARG has another value, and found when a label has', async () => {
  const context = world.context(files)
  assert.equal(cachedIn(await world.built(context, ['--build-arg', 'V=2'])), all.slice(0, 2))
  assert.equal(cachedIn(await world.built({ ...files, Dockerfile: Dockerfile.replace('x=y', 'x=z') })), all)
  assert.equal(cachedIn(await world.built(context, ['--build-arg', 'HTTP_PROXY=http://proxy'])), all)
  assert.equal(cachedIn(await world.built(context, ['--no-cache'])), [])
})

asRoot('COPY --from is found when what it copies is the same, though its stage is another', async () => {
  const staged = (word: string) =>
    lines(
      'FROM base AS build',
      `RUN echo ${word} > /other; echo same > /out`,
      'FROM base',
      'COPY --from=build /out /out',
    )
  await world.built({ Dockerfile: staged('one') })
  // the file's time differs, its content does not
  assert.equal(cachedIn(await world.built({ Dockerfile: staged('two') })), ['COPY --from=build /out /out'])
  assert.equal(cachedIn(await world.built({ Dockerfile: staged('two') })).length, 2)
})

asRoot('a build of twenty steps takes less than a second when all are found', async () => {
  const steps = Array.from({ length: 10 }, (_, n) => [`COPY src/a /c${n}`, `ENV N=${n}`]).flat()
  const context = world.context({ ...files, Dockerfile: lines('FROM base', ...steps) })
  await world.built(context, ['-t', 'twenty'])
  const times: number[] = []
  for (let n = 0; n < 3; n++) {
    const begun = performance.now()
    await world.built(context, ['-t', 'twenty'])
    times.push(performance.now() - begun)
  }
  const quickest = Math.min(...times)
  assert.ok(quickest < 1000 * onQuietMachine(1), `${times.map(Math.round).join(', ')} ms`)
})

asRoot('two stages run at the same time when neither needs the other', async () => {
  // each waits until the other has begun: one after the other they would never end
  const meet = (own: string, other: string) =>
    `RUN --mount=type=cache,target=/meet touch /meet/${own}; for i in $(seq 100); do test -e /meet/${other} && exit 0; sleep 0.1; done; exit 1`
  const both = lines(
    'FROM base AS a',
    meet('a', 'b'),
    'RUN echo a > /a',
    'FROM base',
    meet('b', 'a'),
    'COPY --from=a /a /a',
  )
  const { stderr } = await world.built({ Dockerfile: both }, ['-t', 'both'])
  assert.match(stderr, /\[a 2\/3\] RUN/)
  assert.match(stderr, /\[stage-1 2\/3\] RUN/)
  assert.is(await world.inside('both', 'cat /a'), 'a\n')
})

asRoot('the other stage is ended when one fails', async () => {
  const text = lines('FROM base AS slow', 'RUN sleep 60', 'FROM base', 'RUN sleep 1; false', 'COPY --from=slow / /')
  const begun = performance.now()
  const { code, stderr } = await world.build({ Dockerfile: text }, ['--no-cache'])
  assert.is(code, 1)
  assert.match(stderr, /CANCELED/)
  assert.match(stderr, /Dockerfile:4: command '\/bin\/sh -c sleep 1; false': ended with exit code 1/)
  assert.ok(performance.now() - begun < 30_000)
})

asRoot('a locked cache mount is one step’s at a time, and a private one has another place', async () => {
  const step = (sharing: string) =>
    `RUN --mount=type=cache,target=/l,id=${sharing},sharing=${sharing} mkdir /l/in 2>/dev/null || echo busy >> /busy; sleep 1; rmdir /l/in; touch /busy`
  const text = (sharing: string) =>
    lines('FROM base AS a', step(sharing), 'FROM base', `${step(sharing)} && true`, 'COPY --from=a /busy /other')
  for (const sharing of ['locked', 'private']) {
    await world.built({ Dockerfile: text(sharing) }, ['-t', sharing])
    assert.is(await world.inside(sharing, 'cat /busy /other'), '', sharing)
  }
})

asRoot('the next build goes on where one was killed, and nothing of the dead is left when prune has been', async () => {
  const text = lines(
    'FROM base AS one',
    'COPY big /big',
    'RUN --mount=type=secret,id=s echo 1 > /1; sleep 0.2',
    'FROM base',
    'RUN echo 2 > /2; sleep 0.2',
    'COPY --from=one /1 /1',
    'RUN cat /1 /2 > /3',
  )
  const context = world.context({ Dockerfile: text, big: Buffer.alloc(3_000_000, 'x'), s: 'secret' })
  const args = ['ch4', 'build', '--no-cache', '-t', 'killed', '--secret', `id=s,src=${context}/s`, context]
  for (let n = 0; n < 8; n++) {
    const { child, done } = start(world, args)
    await sleep(200 + n * 260)
    child.kill('SIGKILL')
    await done
  }
  const pruned = await run(world, ['ch4', 'prune', '--force'])
  assert.is(pruned.code, 0, pruned.stderr)
  for (const place of ['build-cache/scratch', 'store/leases', 'store/ingest', 'trash']) {
    const left = fs.existsSync(`${world.data}/${place}`) ? fs.readdirSync(`${world.data}/${place}`) : []
    assert.equal(left, [], place)
  }
  const keys = fs.readdirSync(`${world.data}/snapshots/overlay/records`)
  assert.equal(
    keys.filter(key => !key.startsWith('sha256')),
    [],
  )
  await world.built(context, ['-t', 'killed'])
  assert.is(await world.inside('killed', 'cat /3'), '1\n2\n')
  assert.equal(await leftovers(world), [])
})

asRoot('two builds make the same image when they agree on a time', async () => {
  const context = world.context(files)
  const args = ['--no-cache', '--build-arg', 'SOURCE_DATE_EPOCH=1000000000']
  const first = await world.built(context, ['-t', 'same', ...args])
  await sleep(1100) // the times of what is made differ
  const second = await world.built(context, args)
  assert.is(second.stdout, first.stdout)
  assert.is(world.image('same').config.created, '2001-09-09T01:46:40.000Z')
  assert.is(await world.inside('same', 'stat -c %Y /w/out /w/src/a'), '1000000000\n'.repeat(2))
})

asRoot('nothing is found when prune has forgotten the build cache', async () => {
  const context = world.context(files)
  await world.built(context, ['-t', 'kept'])
  const pruned = await run(world, ['ch4', 'prune', '--all', '--force'])
  assert.is(pruned.code, 0, pruned.stderr)
  assert.equal(
    fs.readdirSync(`${world.data}/build-cache`).filter(name => name.endsWith('.json')),
    [],
  )
  assert.equal(fs.readdirSync(`${world.data}/build-cache/mounts`), [])
})

test.run()
