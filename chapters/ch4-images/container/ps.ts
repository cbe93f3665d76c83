/** `ch4 ps`: containers, those that have ended too. */

import type { Flags } from '#core/cli/flags'
import { out } from '#core/cli/print'
import { States } from '#core/exec/state'
import { directories } from '#core/sys/paths'
import { probeFacts } from '#core/sys/probe'
import { ageOf, directoriesOf, live, tableOf } from '../../ch3-cgroups/index.js'
import { openImages } from '../images.js'
import { isLive, type StoredContainer } from './containers.js'
import { settle } from './settle.js'

export type ContainerStatus = 'starting' | 'running' | 'paused' | 'exited'

/** What `ps --json` prints, one a line. */
interface Summary {
  readonly id: string
  readonly name: string
  readonly image: string
  readonly command: readonly string[]
  /** Milliseconds since 1970. */
  readonly created: number
  readonly status: ContainerStatus
  /** null while it runs. */
  readonly exitCode: number | null
  readonly ended: number | null
  /** Of its init, as the host counts. */
  readonly pid: number | null
  readonly labels: Readonly<Record<string, string>>
}

export async function ps(flags: Flags): Promise<number> {
  const containers = await settle(openImages())
  const all = containers.list().filter(one => flags.on('all') || isLive(one))
  const summaries = await Promise.all(all.reverse().map(summaryOf))
  if (flags.on('json')) out(summaries.map(one => `${JSON.stringify({ version: 1, ...one })}\n`).join(''))
  else if (flags.on('quiet')) out(summaries.map(({ id }) => `${id}\n`).join(''))
  else await show(summaries, flags.on('no-trunc'))
  return 0
}

async function summaryOf(container: StoredContainer): Promise<Summary> {
  const { id, name, image, command, created, exit, config } = container
  const { status, pid } = await stateOf(container)
  const ended = exit === null ? null : exit.at
  const exitCode = exit === null ? null : exit.code
  return { id, name, image, command, created, status, exitCode, ended, pid, labels: config.Labels ?? {} }
}

export async function stateOf(container: StoredContainer): Promise<{ status: ContainerStatus; pid: number | null }> {
  if (!isLive(container)) return { status: 'exited', pid: null }
  const { init = null, spec = null } = new States(directories().run).read(container.id) ?? {}
  if (init === null || spec === null) return { status: 'starting', pid: null }
  const { isPaused } = await live()
  return { status: isPaused(directoriesOf(spec, probeFacts())) ? 'paused' : 'running', pid: init.pid }
}

const LONGEST_COMMAND = 20
const heading = ['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'NAME']

async function show(summaries: readonly Summary[], whole: boolean): Promise<void> {
  const cut = (text: string): string =>
    whole || text.length <= LONGEST_COMMAND ? text : `${text.slice(0, LONGEST_COMMAND - 1)}…`
  const age = (since: number): string => `${ageOf(Date.now() - since)} ago`
  const row = ({ id, image, command, created, status, exitCode, ended, name }: Summary): string[] => {
    const said = status === 'exited' ? `exited (${exitCode}) ${age(ended ?? created)}` : status
    return [id, image, `"${cut(command.join(' '))}"`, age(created), said, name]
  }
  out(
    tableOf(heading, summaries.map(row))
      .map(line => `${line}\n`)
      .join(''),
  )
}
