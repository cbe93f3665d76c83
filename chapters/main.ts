/**
 * mini-docker: the bin, and the only place where chapters, labs and core are put together.
 *
 * Dispatch is by hand and every chapter is loaded when it is asked for: a run costs what bare node costs. Commander and
 * chalk load when there is help or an error to show.
 */

import * as fs from 'node:fs'
import * as path from 'node:path'
import type { Command } from '#core/cli/command'
import { parseFlags } from '#core/cli/flags'
import { errnoOf, exitCode, fail, MiniDockerError } from '#core/errors'
import { noSwap, type Swap } from '#core/lab'
import { endAtOnce } from '#core/sys/libc'
import { type TocEntry, toc, worker } from './toc.js'

const about = 'Docker, rebuilt from nothing, chapter by chapter'

const inShort = ({ id, title, commands }: TocEntry) => ({
  id,
  title: title.slice(0, title.indexOf(':')),
  written: commands !== undefined,
})
const aboutLabs = 'learn by writing parts of the tool yourself: list, start, watch, check, hint …'

/** Commands that belong to no chapter. */
const own: Readonly<Record<string, () => Promise<Command>>> = {
  rootfs: async () => (await import('#core/cli/rootfs')).rootfsCommand,
  doctor: async () => (await import('#core/cli/doctor')).doctorCommand(toc.map(inShort)),
}

async function main(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') return help()
  if (first === '--version' || first === 'version') return version()
  const command = own[first]
  if (command !== undefined) return runCommand(await command(), rest)
  // not for people: our own program again, inside a tree that it shall not leave
  if (first === '--worker') return worker(rest)
  if (first === 'lab') return runTopic('lab', aboutLabs, await labCommands(), rest)
  const chapter = toc.find(({ id }) => id === first)
  if (chapter !== undefined) return runChapter(chapter, rest)
  const brings = toc.find(entry => entry.brings.includes(first))
  if (brings !== undefined) return runBrought(brings, first, rest)
  return fail('InvalidArgument', { what: `command '${first}'`, why: 'is unknown', hint: 'mini-docker --help' })
}

async function runChapter(chapter: TocEntry, argv: readonly string[]): Promise<number> {
  const commands = await chapter.commands?.()
  const isOne = commands?.some(({ name }) => name === `${chapter.id} ${argv[0]}`) === true
  if (chapter.main !== undefined && !isOne) return (await chapter.main())(argv)
  if (commands === undefined) return notYet(`mini-docker ${chapter.id}`, chapter)
  return runTopic(chapter.id, chapter.title, commands, argv)
}

/** Without a chapter: the finished engine's, which is the one of the chapter that brings it. */
async function runBrought(chapter: TocEntry, verb: string, argv: readonly string[]): Promise<number> {
  const commands = (await chapter.commands?.()) ?? []
  const command = commands.find(({ name }) => name === `${chapter.id} ${verb}`)
  return command === undefined ? notYet(`mini-docker ${verb}`, chapter) : runCommand(command, argv)
}

/** Commands of two words: a chapter's, and those of the labs. */
async function runTopic(
  topic: string,
  title: string,
  commands: readonly Command[],
  argv: readonly string[],
): Promise<number> {
  const [verb, ...rest] = argv
  const command = commands.find(({ name }) => name === `${topic} ${verb}`)
  if (command !== undefined) return runCommand(command, rest)
  if (verb !== undefined && verb !== '--help' && verb !== '-h') {
    fail('InvalidArgument', {
      what: `command '${topic} ${verb}'`,
      why: 'is unknown',
      hint: `mini-docker ${topic} --help`,
    })
  }
  const { topicHelp } = await import('#core/cli/help')
  const topics = commands.map(({ name, about }) => ({ name: name.split(' ')[1]!, about }))
  process.stdout.write(topicHelp(`mini-docker ${topic}`, title, topics))
  return 0
}

async function runCommand(command: Command, argv: readonly string[]): Promise<number> {
  const { flags, rest, help } = parseFlags(command.name, command.flags, argv, command.flagsThroughout)
  if (!help && command.usage === '' && rest.length > 0) {
    fail('InvalidArgument', {
      what: `argument '${rest[0]}'`,
      why: `${command.name} takes none`,
      hint: `mini-docker ${command.name} --help`,
    })
  }
  if (!help) return command.run(flags, rest, flags.on('lab') ? await attempts(command.name) : noSwap)
  process.stdout.write((await import('#core/cli/help')).commandHelp(command))
  return 0
}

/** The learner's parts. Labs are loaded by their address: nothing that is bundled depends on them. */
async function attempts(command: string): Promise<Swap> {
  const { swapFor } = (await import(
    labsRunner('attempt/for-run')
  )) as typeof import('../labs/runner/attempt/for-run.js')
  return swapFor(command.split(' ')[0]!)
}

async function labCommands(): Promise<readonly Command[]> {
  const { commands } = (await import(labsRunner('commands/index'))) as typeof import('../labs/runner/commands/index.js')
  return commands
}

function labsRunner(name: string): string {
  const path = `${import.meta.dirname}/../labs/runner/${name}.js`
  if (fs.existsSync(path)) return path
  return fail('Unavailable', {
    what: 'the labs',
    why: 'are not part of this installation',
    hint: 'clone the repository, npm ci, npx mini-docker lab list',
  })
}

function notYet(what: string, { id, title }: TocEntry): never {
  const chapter = `${id} (${title})`
  return fail('Unsupported', {
    what,
    why: what.endsWith(id) ? `${title}: not written yet` : `comes with ${chapter}, and is not written yet`,
    hint: 'mini-docker --help shows what is',
  })
}

async function help(): Promise<number> {
  const { topicHelp } = await import('#core/cli/help')
  const chapters = toc.map(({ id, title, commands }) => ({
    name: id,
    about: commands === undefined ? `${title} (not written yet)` : title,
  }))
  const others = await Promise.all(Object.values(own).map(async load => load()))
  process.stdout.write(topicHelp('mini-docker', about, [...chapters, { name: 'lab', about: aboutLabs }, ...others]))
  return 0
}

async function version(): Promise<number> {
  const places = ['../package.json', '../../package.json'].map(place => path.join(import.meta.dirname, place))
  const place = places.find(at => fs.existsSync(at))!
  const { version } = JSON.parse(fs.readFileSync(place, 'utf8')) as { version: string }
  process.stdout.write(`mini-docker ${version}\n`)
  return 0
}

/** Whatever goes wrong becomes one line and an exit code; only what nobody foresaw shows its stack. */
async function report(error: unknown): Promise<number> {
  const { printError, err } = await import('#core/cli/print')
  if (error instanceof MiniDockerError) {
    printError(error)
    if (process.env.MINI_DOCKER_DEBUG) err(`${error.stack}\n${error.cause instanceof Error ? error.cause.stack : ''}\n`)
    return error.exit
  }
  const errno = errnoOf(error)
  err(
    `mini-docker: ${errno !== undefined && !process.env.MINI_DOCKER_DEBUG ? (error as Error).message : (error as Error).stack}\n`,
  )
  return exitCode.toolFailed
}

main(process.argv.slice(2))
  .catch(report)
  .then(code => {
    endAtOnce(code)
    process.exit(code)
  })
