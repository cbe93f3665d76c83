/** ch4: what a build is before anything is performed: stages as a graph, ARGs, configs, places, cache keys. */

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { globalArgs, platformArgs, proxiesAmong, stageArgs } from '#chapters/ch4-images/build/build-args'
import { type Copied, cacheKeyText, type Ground, type StepSeen } from '#chapters/ch4-images/build/cache-key'
import {
  applyChange,
  type Change,
  type ConfigState,
  resolvePath,
  scratchConfig,
} from '#chapters/ch4-images/build/config'
import { expandStep } from '#chapters/ch4-images/build/expand-step'
import type { TakenFile, TakenSource } from '#chapters/ch4-images/build/files'
import { graphOf, neededFor } from '#chapters/ch4-images/build/graph'
import { placeFiles, type Target } from '#chapters/ch4-images/build/placing'
import { runLineOf } from '#chapters/ch4-images/build/run-line'
import { stagesOf, targetStage } from '#chapters/ch4-images/build/stages'
import type { Run } from '#chapters/ch4-images/dockerfile/instruction'
import { parseDockerfile } from '#chapters/ch4-images/dockerfile/parse'
import { readInstructions } from '#chapters/ch4-images/dockerfile/read'
import { noXattrs } from '#chapters/ch4-images/layer/entry'

const graph = (text: string) => {
  const dockerfile = parseDockerfile(text)
  return graphOf(stagesOf(dockerfile).stages, dockerfile.source, ({ from }) => from.base)
}
const instructions = (text: string) => readInstructions(parseDockerfile(`FROM scratch\n${text}`)).slice(1)

const stack =
  'FROM a AS one\nFROM b AS two\nFROM one AS three\nCOPY --from=two /x /\nRUN --mount=from=1,target=/y x\nFROM scratch\nCOPY --from=three / /'

test('a stage needs its base and what it copies from when stages are a graph', () => {
  assert.equal(
    graph(stack).map(({ needs }) => needs),
    [[], [], [0, 1], [2]],
  )
  assert.equal(graph(stack)[2]!.base, { kind: 'stage', index: 0 })
  assert.equal(graph(stack)[3]!.base, { kind: 'scratch' })
})

test('only what the target needs is built when a target is named', () => {
  const nodes = graph(`${stack}\nFROM c AS unused`)
  const needed = (target: number) => neededFor(nodes, target).map(({ stage }) => stage.index)
  assert.equal(needed(2), [0, 1, 2])
  assert.equal(needed(4), [4])
  const { stages } = stagesOf(parseDockerfile(stack))
  assert.is(targetStage(stages, undefined).index, 3)
  assert.is(targetStage(stages, 'TWO').index, 1)
  assert.is(targetStage(stages, '0').index, 0)
  assert.throws(() => targetStage(stages, 'four'), /stage 'four': there is none of that name/)
})

for (const [text, why] of [
  ['FROM a\nCOPY --from=0 x y', /Dockerfile:2: stage '0': cannot be made of itself/],
  ['FROM a AS x\nCOPY --from=y a b\nFROM b AS y', /Dockerfile:2: stage 'y': comes later in the file/],
  ['FROM a\nCOPY --from=7 x y', /Dockerfile:2: stage '7': there are not as many/],
  ['FROM a AS x\nFROM b AS X', /Dockerfile:2: there is a stage 'x' already/],
  ['RUN x\nFROM a', /Dockerfile:1: RUN stands before the first FROM/],
  ['ARG x', /Dockerfile:1: has no FROM/],
] as const) {
  test(`'${text.replaceAll('\n', '⏎')}' is refused when stages are a graph`, () =>
    assert.throws(() => graph(text), why))
}

test('an edge leads to an earlier stage when there is any', () => {
  const name = fc.integer({ min: 0, max: 9 })
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.array(name, { maxLength: 3 })), { minLength: 1, maxLength: 8 }), stages => {
      const text = stages
        .map(([base, froms], index) =>
          [`FROM s${base} AS s${index}`, ...froms.map(from => `COPY --from=s${from} a b`)].join('\n'),
        )
        .join('\n')
      try {
        for (const { stage, needs } of graph(text)) assert.ok(needs.every(need => need < stage.index))
      } catch (error) {
        assert.match(String(error), /comes later|made of itself/)
      }
    }),
  )
})

const arg = (text: string) => instructions(text)[0] as Parameters<typeof stageArgs>[0]
const map = (values: Record<string, string>) => new Map(Object.entries(values))

test('a stage sees an ARG when it says so, and the closest value counts', () => {
  const sight = {
    variables: map({ e: 'env' }),
    global: map({ g: 'global', d: 'g' }),
    given: map({ c: 'cli' }),
    escape: '\\',
  } as const
  assert.equal(stageArgs(arg('ARG g'), sight), [['g', 'global']])
  assert.equal(stageArgs(arg('ARG d=own'), sight), [['d', 'own']])
  assert.equal(stageArgs(arg('ARG c=own'), sight), [['c', 'cli']])
  assert.equal(stageArgs(arg('ARG none'), sight), [['none', null]])
  assert.equal(stageArgs(arg('ARG a=$e b=$a'), sight), [
    ['a', 'env'],
    ['b', 'env'],
  ])
})

test('FROM sees what stands before it and the platform when it is expanded', () => {
  const linux = { os: 'linux', architecture: 'amd64' }
  const platform = platformArgs({ os: 'linux', architecture: 'arm', variant: 'v7' }, linux, 'web')
  const seen = globalArgs([arg('ARG V=1 W=$V-$TARGETARCH') as never], platform, map({ V: '2', X: '3' }), '\\')
  assert.is(seen.get('V'), '2')
  assert.is(seen.get('W'), '2-arm')
  assert.is(seen.get('TARGETPLATFORM'), 'linux/arm/v7')
  assert.is(seen.get('BUILDPLATFORM'), 'linux/amd64')
  assert.is(seen.get('TARGETSTAGE'), 'web')
  assert.is(seen.has('X'), false)
  assert.equal([...proxiesAmong(map({ http_proxy: 'p', V: '1' }))], [['http_proxy', 'p']])
})

const empty: ConfigState = { config: {}, author: null, ownCmd: false }
const changed = (text: string, before: ConfigState = empty): ConfigState =>
  instructions(text).reduce(
    (state, instruction) => applyChange(state, expandStep(instruction as never, new Map(), '\\') as Change),
    before,
  )

test('each instruction says its word in the config when it is applied', () => {
  assert.equal(changed('ENV a=1 b="2 3"\nENV a=4').config, { Env: ['a=4', 'b=2 3'] })
  assert.equal(changed('LABEL a=1 "b.c"=\'d e\'').config, { Labels: { a: '1', 'b.c': 'd e' } })
  assert.equal(changed('EXPOSE 80 53/UDP 8000-8002').config.ExposedPorts, {
    '80/tcp': {},
    '53/udp': {},
    '8000/tcp': {},
    '8001/tcp': {},
    '8002/tcp': {},
  })
  assert.equal(changed('VOLUME ["/a b"]\nVOLUME /c /d').config.Volumes, { '/a b': {}, '/c': {}, '/d': {} })
  assert.equal(changed('WORKDIR a\nWORKDIR b/../c').config.WorkingDir, '/a/c')
  assert.equal(changed('USER web:www\nSTOPSIGNAL SIGQUIT').config, { User: 'web:www', StopSignal: 'SIGQUIT' })
  assert.equal(changed('SHELL ["/bin/bash", "-ec"]\nCMD a b').config.Cmd, ['/bin/bash', '-ec', 'a b'])
  assert.equal(changed('ENTRYPOINT a').config.Entrypoint, ['/bin/sh', '-c', 'a'])
  assert.equal(changed('ONBUILD RUN a\nONBUILD COPY b c').config.OnBuild, ['RUN a', 'COPY b c'])
  assert.is(changed('MAINTAINER somebody <x@example.com>').author, 'somebody <x@example.com>')
  assert.equal(changed('HEALTHCHECK --interval=5s --retries=3 CMD a b').config.Healthcheck, {
    Test: ['CMD-SHELL', 'a b'],
    Interval: 5e9,
    Retries: 3,
  })
  assert.equal(changed('HEALTHCHECK NONE').config.Healthcheck, { Test: ['NONE'] })
  assert.equal(scratchConfig.WorkingDir, '/')
})

test('ENTRYPOINT forgets the CMD of the base image when the stage has none of its own', () => {
  const base: ConfigState = { ...empty, config: { Cmd: ['base'] } }
  assert.is(changed('ENTRYPOINT ["e"]', base).config.Cmd, undefined)
  assert.equal(changed('CMD ["own"]\nENTRYPOINT ["e"]', base).config.Cmd, ['own'])
  assert.equal(changed('ENTRYPOINT ["e"]\nCMD ["own"]', base).config.Cmd, ['own'])
})

for (const text of [
  'EXPOSE x',
  'EXPOSE 70000',
  'EXPOSE 9-8',
  'EXPOSE 80/icmp',
  'STOPSIGNAL SIGNOPE',
  'WORKDIR $none',
]) {
  test(`'${text}' is refused when it is applied`, () => assert.throws(() => changed(text), /port|signal|empty/))
}

test('ENV sees what was there before its line when it is expanded', () => {
  const [env] = instructions('ENV a=new b=$a')
  assert.equal(expandStep(env as never, map({ a: 'old' }), '\\'), {
    kind: 'ENV',
    pairs: [
      ['a', 'new'],
      ['b', 'old'],
    ],
  })
})

test('a heredoc is a script when it stands alone, and the shell reads it when something is beside it', () => {
  const line = (text: string) => runLineOf(instructions(text)[0] as Run, {})
  assert.equal(line('RUN a b').args, ['/bin/sh', '-c', 'a b'])
  assert.equal(line('RUN ["a", "b"]').args, ['a', 'b'])
  assert.equal(line('RUN <<EOF\na\nb\nEOF').args, ['/bin/sh', '-c', 'a\nb\n'])
  assert.equal(line('RUN <<-EOF\n\ta\nEOF').args, ['/bin/sh', '-c', 'a\n'])
  assert.equal(line('RUN cat <<EOF >/x\na\nEOF').args, ['/bin/sh', '-c', 'cat <<EOF >/x\na\nEOF\n'])
  const script = line('RUN <<EOF\n#!/bin/awk -f\nEOF')
  assert.equal(script.script, { name: 'EOF', text: '#!/bin/awk -f\n' })
  assert.match(script.args[0]!, /^\/dev\/.*\/EOF$/)
})

test('a path is absolute and clean when it is resolved', () => {
  assert.is(resolvePath('/a', 'b'), '/a/b')
  assert.is(resolvePath('/a', '/b/./c/'), '/b/c')
  assert.is(resolvePath('/', '../../x'), '/x')
})

const file = (path: string, more: Partial<TakenFile['entry']> = {}): TakenFile => ({
  entry: { path, type: 'file', mode: 0o644, uid: 1, gid: 2, size: 0, mtime: 5n, xattrs: noXattrs, ...more },
  content: Buffer.alloc(0),
})
const directory = (path: string, mode = 0o700): TakenFile => ({
  ...file(path, { type: 'directory', mode }),
  content: null,
})
const one = (name: string): TakenSource => ({ name, isDirectory: false, files: [file('')] })
const tree: TakenSource = { name: 'd', isDirectory: true, files: [directory(''), directory('s'), file('s/f')] }
const change = { owner: null, mode: null, now: 9n }
const placed = (sources: readonly TakenSource[], target: Partial<Target>) =>
  placeFiles(sources, { path: '/t', kind: 'missing', missing: 1, slash: false, ...target }, change).map(
    ({ entry }) => entry.path,
  )

test('a file takes the name of the target when that is none, and goes into it when it is a directory', () => {
  assert.equal(placed([one('a')], {}), ['t'])
  assert.equal(placed([one('a')], { slash: true }), ['t', 't/a'])
  assert.equal(placed([one('a')], { kind: 'directory', missing: 0 }), ['t/a'])
  assert.equal(placed([one('a')], { kind: 'file', missing: 0 }), ['t'])
  assert.equal(placed([one('a'), one('b')], { slash: true }), ['t', 't/a', 't/b'])
  assert.equal(placed([one('a')], { path: '/x/y/t', missing: 3 }), ['x', 'x/y', 'x/y/t'])
  assert.equal(placed([one('a')], { path: '/', kind: 'directory', missing: 0, slash: true }), ['a'])
})

test('what is in a directory goes into the target when the source is one', () => {
  assert.equal(placed([tree], {}), ['t', 't/s', 't/s/f'])
  assert.equal(placed([tree], { kind: 'directory', missing: 0 }), ['t/s', 't/s/f'])
  assert.equal(placed([tree], { path: '/', kind: 'directory', missing: 0 }), ['s', 's/f'])
  assert.throws(() => placed([tree], { kind: 'file', missing: 0 }), /is a file in the image/)
})

test('owner and mode are those of the flags when they are given', () => {
  const target = { path: '/x/t', kind: 'missing', missing: 2, slash: false } as const
  const [made, root, , copied] = placeFiles([tree], target, { owner: { uid: 7, gid: 8 }, mode: 0o750, now: 9n })
  assert.equal([made!.entry.path, made!.entry.mode, made!.entry.uid, made!.entry.mtime], ['x', 0o755, 7, 9n])
  assert.equal([root!.entry.path, root!.entry.mode, root!.entry.uid], ['x/t', 0o755, 7])
  assert.equal([copied!.entry.path, copied!.entry.mode, copied!.entry.uid, copied!.entry.gid], ['x/t/s/f', 0o750, 7, 8])
})

const ground: Ground = { chainId: 'sha256:1', platform: 'linux/amd64' }
const run: Extract<StepSeen, { kind: 'RUN' }> = {
  kind: 'RUN',
  args: ['a', 'b'],
  env: { A: '1', B: '2' },
  buildArgs: { V: '1' },
  proxies: {},
  cwd: '/',
  user: '',
  network: 'host',
  mounts: [],
}
const runKey = (more: Partial<typeof run>, on: Ground = ground): string => cacheKeyText(on, { ...run, ...more })
const copied: Copied = { path: 'f', kind: 'file', mode: 0o644, owner: '0:0', content: 'x', mtime: '1' }
const copyKey = (...files: Copied[]): string => cacheKeyText(ground, { kind: 'COPY', target: '/t', files })

test('a key differs when anything differs that a RUN can see', () => {
  const keys = [
    runKey({}),
    runKey({}, { ...ground, chainId: 'sha256:2' }),
    runKey({}, { ...ground, chainId: null }),
    runKey({}, { ...ground, platform: 'linux/arm64' }),
    runKey({ args: ['a b'] }),
    runKey({ args: ['ab'] }),
    runKey({ env: { A: '1' } }),
    runKey({ env: { A: '1', B: '3' } }),
    runKey({ buildArgs: {} }),
    runKey({ buildArgs: {}, env: { A: '1', B: '2', V: '1' } }),
    runKey({ cwd: '/x' }),
    runKey({ user: 'web' }),
    runKey({ network: 'none' }),
    runKey({ mounts: [{ type: 'bind', target: '/m', content: 'x', options: [] }] }),
    runKey({ mounts: [{ type: 'bind', target: '/m', content: 'y', options: [] }] }),
  ]
  assert.is(new Set(keys).size, keys.length)
})

test('a key stays when what differs is not for the image', () => {
  assert.is(runKey({ env: { B: '2', A: '1' } }), runKey({}))
  assert.is(runKey({ proxies: { HTTP_PROXY: 'http://proxy' } }), runKey({}))
  assert.is(copyKey({ ...copied, mtime: '2' }), copyKey(copied))
  const other = { ...copied, path: 'g' }
  assert.is(copyKey(copied, other), copyKey(other, copied))
})

test('a key differs when anything differs of what is copied', () => {
  const keys = [
    copyKey(copied),
    copyKey(),
    copyKey({ ...copied, path: 'g' }),
    copyKey({ ...copied, kind: 'symlink' }),
    copyKey({ ...copied, mode: 0o755 }),
    copyKey({ ...copied, owner: '0:1' }),
    copyKey({ ...copied, content: 'y' }),
    copyKey({ ...copied, xattrs: { 'user.a': 'b' } }),
    copyKey(copied, { ...copied, path: 'g' }),
    cacheKeyText(ground, { kind: 'ADD', target: '/t', files: [copied] }),
    cacheKeyText(ground, { kind: 'COPY', target: '/t/', files: [copied] }),
  ]
  assert.is(new Set(keys).size, keys.length)
})

test('two lists of words have one key when they are the same list', () => {
  const words = fc.array(fc.string(), { maxLength: 4 })
  fc.assert(
    fc.property(words, words, (a, b) => {
      assert.is(runKey({ args: a }) === runKey({ args: b }), JSON.stringify(a) === JSON.stringify(b))
    }),
  )
})

test.run()
