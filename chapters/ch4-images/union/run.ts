/**
 * `ch4 union`: plain directories merged at one place, for one command. It sees the host's tree with the merged one in it, so
 * that `ls`, `rm` and the shell at hand work on directories that hold nothing but three files; the mount is in a mount
 * namespace of the command's own and goes with it.
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import type { Flags } from '#core/cli/flags'
import { exitCodeOf } from '#core/cli/performed'
import { executorOf, factsOf, isPlanning } from '#core/cli/seeing'
import { errnoOf, fail } from '#core/errors'
import { runProcess } from '#core/exec/foreground'
import { host } from '#core/exec/host'
import { checkNeeds } from '#core/plan/needs'
import type { Facts } from '#core/sys/facts'
import { directories } from '#core/sys/paths'
import { openImages } from '../images.js'
import { unionPlan } from './parts.js'
import type { UnionWish } from './union-mount.js'

export async function union(flags: Flags, rest: readonly string[]): Promise<number> {
  const command = flags.afterDashes ?? []
  const names = rest.slice(0, rest.length - command.length)
  if (names.length === 0 || command.length === 0) {
    fail('InvalidArgument', {
      what: 'ch4 union',
      why: names.length === 0 ? 'needs a lower directory' : 'needs a command, behind --',
      hint: 'mini-docker ch4 union LOWER... --upper DIR -- COMMAND',
    })
  }
  const planning = isPlanning(flags)
  const facts = await factsOf(flags)
  const wish = wishOf(flags, names, facts)
  const made = wish.work === null || planning ? false : makeWork(wish.work, wish.upper!)
  try {
    const env = Object.entries(process.env).map(([key, value]) => `${key}=${value}`)
    const plan = unionPlan(wish, command, env, facts)
    if (planning) {
      const { printPlan } = await import('#core/cli/print')
      printPlan(plan, flags.on('json'))
      return 0
    }
    checkNeeds(plan, facts)
    const print = flags.on('trace') ? await import('#core/cli/print') : undefined
    const outcome = await runProcess({
      plan,
      executor: await executorOf(flags),
      perform: host(directories().run, facts).perform,
      interactive: true,
      ...(print === undefined ? {} : { trace: trace => print.printTrace(plan, trace) }),
    })
    return await exitCodeOf(plan, outcome)
  } finally {
    if (made) removeWork(wish.work!)
  }
}

function wishOf(flags: Flags, names: readonly string[], facts: Facts): UnionWish {
  const readonly = flags.on('read-only')
  const given = flags.one('upper')
  if (given === undefined && !readonly) {
    fail('InvalidArgument', { what: 'ch4 union', why: 'needs an upper directory', hint: '--upper DIR, or --read-only' })
  }
  if (readonly && (given !== undefined || flags.on('work'))) {
    fail('InvalidArgument', {
      what: `--${given === undefined ? 'work' : 'upper'}`,
      why: 'is for what is written, and --read-only writes nothing',
      hint: 'leave one of them out',
    })
  }
  const lower = names.map(name => directoryAt(`lower directory '${name}'`, name))
  const twice = lower.find((one, i) => lower.indexOf(one) !== i)
  if (twice !== undefined)
    fail('InvalidArgument', { what: `lower directory '${twice}'`, why: 'is named twice', hint: 'name it once' })
  const upper = given === undefined ? null : directoryAt(`upper directory '${given}'`, given)
  const asked = flags.one('work')
  const work =
    upper === null ? null : asked === undefined ? `${upper}.work` : directoryAt(`work directory '${asked}'`, asked)
  refuseInside([...lower.map(one => ['lower', one] as const), ...(upper === null ? [] : [['upper', upper] as const])])
  const { at } = openPlace(flags)
  return { lower, upper, work, at, rootless: !facts.userNamespace.initial || facts.uid !== 0 }
}

function openPlace(flags: Flags): { at: string } {
  const asked = flags.one('at')
  if (asked !== undefined) return { at: directoryAt(`--at '${asked}'`, asked) }
  return { at: fs.statSync('/mnt', { throwIfNoEntry: false })?.isDirectory() ? '/mnt' : openImages().at }
}

function directoryAt(what: string, name: string): string {
  let errno = 'ENOTDIR'
  try {
    const real = fs.realpathSync.native(name === '' ? '/nowhere' : name)
    if (fs.statSync(real).isDirectory()) return real
  } catch (error) {
    errno = errnoOf(error) ?? 'EIO'
  }
  return fail(errno === 'ENOENT' ? 'NotFound' : 'InvalidArgument', {
    what,
    why: errno === 'ENOENT' ? 'there is none' : errno === 'ENOTDIR' ? 'is not a directory' : errno,
    hint: `mkdir ${name === '' ? 'DIR' : name}`,
  })
}

/** The kernel says ELOOP, and not of which: overlayfs.rst, "Sharing and copying layers". */
function refuseInside(all: readonly (readonly [kind: string, directory: string])[]): void {
  for (const [kind, one] of all) {
    const outer = all.find(([, other]) => other !== one && one.startsWith(`${other}/`))
    if (outer !== undefined) {
      fail('InvalidArgument', {
        what: `${kind} directory '${one}'`,
        why: `lies in the ${outer[0]} directory '${outer[1]}'`,
        hint: 'layers lie beside each other',
      })
    }
  }
}

/** @returns whether it was made here, and is to go again */
function makeWork(work: string, upper: string): boolean {
  try {
    fs.mkdirSync(work, { mode: 0o700 })
    return true
  } catch (cause) {
    const errno = errnoOf(cause) ?? 'EIO'
    if (errno === 'EEXIST') return false
    return fail('FailedPrecondition', {
      what: `work directory '${work}'`,
      why: errno,
      hint: `--work DIR, on the same file system as '${path.basename(upper)}'`,
      cause,
    })
  }
}

/** overlayfs leaves one in it that nobody may list. */
function removeWork(work: string): void {
  for (const name of ['work', 'index']) {
    const inner = `${work}/${name}`
    if (fs.existsSync(inner)) fs.chmodSync(inner, 0o700)
  }
  fs.rmSync(work, { recursive: true, force: true })
}
