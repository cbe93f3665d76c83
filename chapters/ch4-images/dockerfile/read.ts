/** Raw instruction → typed one: its flags, its form, its words. What it refuses is said of its line. */

import { fail } from '#core/errors'
import { heredocOf } from './heredoc.js'
import type { Body, Copy, Instruction, Run } from './instruction.js'
import { type Dockerfile, type Escape, parseDockerfile, type RawInstruction } from './parse.js'
import { failAt, located } from './place.js'
import { jsonList, readCommand, wordsOrList } from './read-command.js'
import { readFlags } from './read-flags.js'
import { readHealth } from './read-health.js'
import { readMount } from './read-mount.js'
import { readArgs, readPairs } from './read-pairs.js'

type Reader = (text: string, raw: RawInstruction, escape: Escape) => Body

/** @throws DockerfileError */
export function readInstructions({ source, escape, instructions }: Dockerfile): Instruction[] {
  return instructions.map(raw => {
    const place = { line: raw.line, end: raw.end }
    const read = readers[raw.keyword]
    if (read === undefined) return failAt(source, place, `'${raw.keyword}' is no instruction`, nearest(raw.keyword))
    const body = located(source, place, () => {
      if (raw.rest === '') fail('InvalidArgument', { what: raw.keyword, why: 'needs something to follow it' })
      return read(raw.rest, raw, escape)
    })
    return { ...body, place, shown: `${raw.keyword} ${raw.rest.replace(/\s+/g, ' ')}` }
  })
}

/** What an image's ONBUILD holds: one instruction, as text. */
export function readTrigger(text: string, image: string): Instruction {
  const [instruction] = readInstructions(parseDockerfile(text, `ONBUILD of ${image}`))
  return instruction!
}

const words =
  (kind: 'EXPOSE' | 'VOLUME'): Reader =>
  (text, _, escape) => {
    const { rest } = readFlags(kind, text, [], escape)
    const list = kind === 'VOLUME' ? wordsOrList(rest) : rest.split(/\s+/)
    if (list.length === 0 || list.includes(''))
      fail('InvalidArgument', { what: kind, why: 'one of its words is empty' })
    return { kind, words: list }
  }

const value =
  (kind: 'WORKDIR' | 'USER' | 'STOPSIGNAL' | 'MAINTAINER'): Reader =>
  (text, _, escape) => ({ kind, value: kind === 'MAINTAINER' ? text : readFlags(kind, text, [], escape).rest })

const command =
  (kind: 'CMD' | 'ENTRYPOINT'): Reader =>
  (text, _, escape) => ({ kind, command: readCommand(readFlags(kind, text, [], escape).rest) })

const pairs =
  (kind: 'ENV' | 'LABEL'): Reader =>
  (text, _, escape) => ({ kind, pairs: readPairs(kind, text, escape) })

const readers: Readonly<Record<string, Reader>> = {
  FROM: readFrom,
  RUN: readRun,
  COPY: readCopy('COPY', ['from', 'chown', 'chmod', 'link', 'exclude', 'parents']),
  ADD: readCopy('ADD', ['chown', 'chmod', 'link', 'exclude', 'unpack', 'checksum', 'keep-git-dir']),
  ENV: pairs('ENV'),
  LABEL: pairs('LABEL'),
  ARG: (text, _, escape) => ({ kind: 'ARG', args: readArgs(text, escape) }),
  WORKDIR: value('WORKDIR'),
  USER: value('USER'),
  STOPSIGNAL: value('STOPSIGNAL'),
  MAINTAINER: value('MAINTAINER'),
  EXPOSE: words('EXPOSE'),
  VOLUME: words('VOLUME'),
  CMD: command('CMD'),
  ENTRYPOINT: command('ENTRYPOINT'),
  SHELL: text => {
    const args = jsonList(text) ?? []
    if (args.length === 0) {
      fail('InvalidArgument', { what: 'SHELL', why: 'has only the JSON form', hint: 'SHELL ["/bin/sh", "-c"]' })
    }
    return { kind: 'SHELL', args }
  },
  HEALTHCHECK: (text, _, escape) => readHealth(text, escape),
  ONBUILD: readOnbuild,
}

/** A stage's name: lower case, so that it cannot be taken for a number or a reference. */
const stageName = /^[a-z][a-z0-9-_.]*$/

function readFrom(text: string, _: RawInstruction, escape: Escape): Body {
  const flags = readFlags('FROM', text, ['platform'], escape)
  const [base, as, name, ...more] = flags.rest.split(/\s+/)
  if (
    base === '' ||
    base === undefined ||
    more.length > 0 ||
    (as !== undefined && (!/^as$/i.test(as) || name === undefined))
  ) {
    fail('InvalidArgument', {
      what: `FROM '${flags.rest}'`,
      why: 'is not IMAGE [AS NAME]',
      hint: 'FROM mini/base AS build',
    })
  }
  if (name !== undefined && !stageName.test(name.toLowerCase())) {
    fail('InvalidArgument', {
      what: `stage '${name}'`,
      why: 'is no name',
      hint: 'a letter, then letters, digits, - _ .',
    })
  }
  return { kind: 'FROM', base: base!, name: name?.toLowerCase() ?? null, platform: flags.one('platform') }
}

function readRun(text: string, raw: RawInstruction, escape: Escape): Run {
  const flags = readFlags('RUN', text, ['mount', 'network', 'security'], escape)
  const network = flags.one('network') ?? 'default'
  if (network !== 'default' && network !== 'none' && network !== 'host') {
    fail('InvalidArgument', { what: `--network=${network}`, why: 'is unknown', hint: 'default, none or host' })
  }
  if (flags.one('security') === 'insecure') {
    fail('Unsupported', { what: '--security=insecure', why: 'a step gets no rights that a container has not' })
  }
  const command = readCommand(flags.rest)
  const isEmpty = command.form === 'exec' ? command.args.length === 0 : command.line === ''
  if (isEmpty) fail('InvalidArgument', { what: 'RUN', why: 'needs a command' })
  if (command.form === 'exec' && raw.heredocs.length > 0) {
    fail('InvalidArgument', { what: 'RUN', why: 'a heredoc goes with the shell form only' })
  }
  return { kind: 'RUN', command, heredocs: raw.heredocs, mounts: flags.all('mount').map(readMount), network }
}

function readCopy(kind: 'COPY' | 'ADD', known: readonly string[]): Reader {
  return (text, raw, escape) => {
    const flags = readFlags(kind, text, known, escape)
    const list = wordsOrList(flags.rest)
    const target = list.pop()
    if (target === undefined || list.length === 0) {
      fail('InvalidArgument', { what: kind, why: 'needs a source and a target', hint: `${kind} . /app` })
    }
    const isHeredoc = (word: string): boolean => raw.heredocs.some(heredoc => heredoc.word === word)
    const sources = list.filter(word => !(isHeredoc(word) && heredocOf(word) !== null))
    if (sources.includes('')) fail('InvalidArgument', { what: kind, why: "source '' is empty" })
    for (const url of sources.filter(word => kind === 'ADD' && /^(?:https?|ftp|git|ssh):\/\/|^git@/.test(word))) {
      fail('Unsupported', {
        what: `ADD '${url}'`,
        why: 'nothing is fetched while an image is built here',
        hint: 'download it into the context, and COPY it',
      })
    }
    if (flags.one('checksum') !== null) {
      fail('Unsupported', { what: 'ADD --checksum', why: 'is for what is fetched', hint: 'RUN sha256sum -c' })
    }
    const from = flags.one('from')
    if (from?.includes('$') === true) {
      fail('InvalidArgument', {
        what: `--from=${from}`,
        why: 'takes no variables',
        hint: 'FROM $IMAGE AS tools, --from=tools',
      })
    }
    const copy: Copy = {
      kind,
      from,
      sources,
      heredocs: raw.heredocs,
      target: target!,
      chown: flags.one('chown'),
      chmod: flags.one('chmod'),
      exclude: flags.all('exclude'),
      parents: flags.on('parents'),
      unpack: kind === 'ADD' && flags.one('unpack') !== 'false',
    }
    return copy
  }
}

function readOnbuild(text: string, raw: RawInstruction, escape: Escape): Body {
  const [, keyword = ''] = /^(\S+)/.exec(text) ?? []
  const inner = keyword.toUpperCase()
  if (['ONBUILD', 'FROM', 'MAINTAINER'].includes(inner)) {
    fail('InvalidArgument', { what: `ONBUILD ${inner}`, why: 'is not allowed', hint: 'any other instruction' })
  }
  // looked at now: its author is here to read what is wrong with it, who builds on the image is not
  const read = readers[inner]
  const rest = text.slice(keyword.length).trim()
  if (read === undefined || rest === '') {
    fail('InvalidArgument', { what: `ONBUILD '${text}'`, why: 'is no instruction with something to follow it' })
  }
  read!(rest, raw, escape)
  const bodies = raw.heredocs.map(({ body, name }) => `\n${body}${name}`).join('')
  return { kind: 'ONBUILD', text: `${text}${bodies}` }
}

/** The instruction that was perhaps meant: one letter more, less or other, or two that changed places. */
function nearest(word: string): string | undefined {
  const found = Object.keys(readers).find(known => isNear(word, known))
  return found === undefined ? undefined : `${found}?`
}

function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let from = 0
  while (from < a.length && a[from] === b[from]) from++
  const [restA, restB] = [a.slice(from), b.slice(from)]
  const swapped =
    restA.length > 1 && restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2)
  return swapped || restA.slice(1) === restB.slice(1) || restA === restB.slice(1) || restA.slice(1) === restB
}
