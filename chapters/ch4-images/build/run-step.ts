/** RUN: a container on top of the stage's layers, and a layer of what it wrote. */

import * as fs from 'node:fs'
import * as path from 'node:path'
import { mergeEnv } from '#core/cli/process-flags'
import { fail } from '#core/errors'
import { mediaTypes } from '#core/spec/image'
import { defaultPath } from '#core/spec/runtime'
import { randomId } from '#core/sys/random'
import type { Run } from '../dockerfile/instruction.js'
import type { NewLayer } from '../image/make.js'
import { cacheKeyText, chainIds } from '../parts-in-use.js'
import { accountIn } from '../snapshot/account-in.js'
import { commitOnce } from '../snapshot/commit-once.js'
import type { RootMount } from '../snapshot/snapshotter.js'
import { callWorker } from '../worker/call.js'
import { proxiesAmong } from './build-args.js'
import { type Building, failedExit, lookInto, resolveIn, type Work } from './building.js'
import { keyOf } from './cache-records.js'
import { environmentOf } from './config.js'
import type { StepShown } from './progress.js'
import { runStepContainer } from './run-container.js'
import { type RunLine, runLineOf, scriptDirectory } from './run-line.js'
import { mountSeen, type OriginOf, readyMounts } from './run-mounts.js'
import { chainIdOf, type StageState } from './stage-state.js'
import { removeStubs, stubsOf } from './stubs.js'
import { clampOf } from './write-layer.js'

export async function runWork(
  building: Building,
  state: StageState,
  run: Run,
  originOf: OriginOf,
  platform: string,
): Promise<Work> {
  const { config } = state
  const line = runLineOf(run, config)
  const cwd = config.WorkingDir || '/'
  const env = Object.fromEntries(environmentOf(config))
  const proxies = Object.fromEntries(proxiesAmong(building.wish.buildArgs))
  const buildArgs = Object.fromEntries([...state.args].filter(([name]) => !(name in env) && !(name in proxies)))
  const mounts = await Promise.all(run.mounts.map(mount => mountSeen(building, mount, cwd, originOf)))
  const network = run.network === 'default' ? building.wish.network : run.network
  const key = keyOf(
    cacheKeyText(
      { chainId: chainIdOf(state), platform },
      {
        kind: 'RUN',
        args: line.script === null ? line.args : [...line.args, line.script.text],
        env,
        buildArgs,
        proxies,
        cwd,
        user: config.User ?? '',
        network,
        mounts,
      },
    ),
  )
  const variables = Object.entries({ ...proxies, ...buildArgs }).map(([name, value]) => `${name}=${value}`)
  const make = (shown: StepShown): Promise<NewLayer> =>
    performRun(building, state, { run, line, cwd, network, variables, originOf, shown })
  return { key, make }
}

interface Performed {
  readonly run: Run
  readonly line: RunLine
  readonly cwd: string
  readonly network: 'host' | 'none'
  readonly variables: readonly string[]
  readonly originOf: OriginOf
  readonly shown: StepShown
}

async function performRun(building: Building, state: StageState, asked: Performed): Promise<NewLayer> {
  const { images, lease } = building
  const { snapshotter } = images
  return lookInto(building, state, async layers => {
    const key = `build-${randomId()}`
    lease.keepSnapshot(key)
    const root = snapshotter.prepare(key, chainIdOf(state))
    try {
      const stubs = await runIn(building, state, root, layers, asked)
      const upper = snapshotter.upperOf(key)
      const left = removeStubs(upper, stubs)
      // a whole tree has to be compared with the one that it is a copy of
      const below = images.snapshotter.name === 'copying' ? (layers[0] ?? null) : null
      const layer = await packWritten(building, { upper, below, exclude: left })
      const name = chainIds([...state.layers.map(({ diffId }) => diffId), layer.diffId]).at(-1)!
      lease.keepSnapshot(name)
      // one that holds more than its layer, or later times, is not the layer's: that is unpacked when somebody needs it
      if (left.length === 0 && building.clamp === undefined) commitOnce(snapshotter, name, key)
      return layer
    } finally {
      if (snapshotter.stat(key) !== null) snapshotter.remove(key)
    }
  })
}

/** @returns stubs: what is in the tree only because something was mounted there */
async function runIn(
  building: Building,
  state: StageState,
  root: RootMount,
  layers: readonly string[],
  { run, line, cwd, network, variables, originOf, shown }: Performed,
): Promise<string[]> {
  const { config } = state
  const account = accountIn(layers, config.User ?? '')
  const ready = await readyMounts(building, run.mounts, cwd, originOf)
  const script = line.script === null ? null : scriptFile(building, line.script.text)
  let kill: (() => void) | null = null
  try {
    const { code, targets } = await runStepContainer({
      root,
      at: building.images.at,
      args: line.args,
      env: mergeEnv([`PATH=${defaultPath}`, `HOME=${account.home}`], variables, config.Env ?? [], ready.env),
      cwd,
      account,
      network,
      mounts: [
        ...ready.mounts,
        ...(script === null
          ? []
          : [{ destination: `${scriptDirectory}/${line.script!.name}`, source: script, options: ['rbind', 'ro'] }]),
      ],
      files: [...ready.files, ...(script === null ? [] : [script])],
      trees: ready.trees,
      onOutput: chunk => building.progress.output(shown, chunk),
      onStarted: end => {
        kill = end
        building.kills.add(end)
      },
    })
    if (code !== 0) {
      fail('FailedPrecondition', {
        what: `command '${line.args.join(' ')}'`,
        why: code > 128 ? `was ended by signal ${code - 128}` : `ended with exit code ${code}`,
        exit: failedExit,
      })
    }
    return stubsOf(await resolveIn(building, state, targets))
  } finally {
    if (kill !== null) building.kills.delete(kill)
    if (script !== null) fs.rmSync(script, { force: true })
    ready.release()
  }
}

function scriptFile({ scratch }: Building, text: string): string {
  const file = scratch.path()
  fs.writeFileSync(file, text, { mode: 0o755 })
  fs.chmodSync(file, 0o755)
  return file
}

/** A path as a pattern that means that path alone. */
const literally = (path: string): string => path.slice(1).replace(/[\\*?[\]!]/g, char => `\\${char}`)

/** What was written, as a layer: the marks of the overlay as the names that a layer has for them. */
async function packWritten(
  { images, lease, clamp }: Building,
  {
    upper,
    below,
    exclude,
  }: { readonly upper: string; readonly below: string | null; readonly exclude: readonly string[] },
): Promise<NewLayer> {
  const ingest = images.store.ingest(lease.refOf(`build-${randomId()}`), lease)
  const { at } = images
  const trees = `${images.data}/snapshots/${images.snapshotter.name}`
  const bind = (source: string) => ({ type: 'bind', source, readonly: true }) as const
  try {
    const packed =
      below === null
        ? await callWorker({
            job: 'pack',
            arguments: {
              out: ingest.path,
              compression: 'gzip',
              whiteouts: 'overlay',
              exclude: exclude.map(literally),
              ...clampOf(clamp),
            },
            mount: bind(upper),
            at,
          })
        : await callWorker({
            job: 'packChanges',
            arguments: {
              out: ingest.path,
              before: path.relative(trees, below),
              after: path.relative(trees, upper),
              ...clampOf(clamp),
            },
            mount: bind(trees),
            at,
          })
    const { diffId, digest, size } = packed
    ingest.commit({}, { digest, size })
    return { diffId, digest, size, mediaType: mediaTypes.layerGzip }
  } finally {
    ingest.abort()
  }
}
