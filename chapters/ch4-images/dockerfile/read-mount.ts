/** `RUN --mount=type=…,key=value,…`: which keys a type has. Source: docs.docker.com/reference/dockerfile "RUN --mount". */

import { fail } from '#core/errors'
import type { RunMount } from './instruction.js'

const aliases: Readonly<Record<string, string>> = {
  dst: 'target',
  destination: 'target',
  src: 'source',
  ro: 'readonly',
  rw: 'readwrite',
}

const keysOf: Readonly<Record<RunMount['type'], readonly string[]>> = {
  bind: ['target', 'source', 'from', 'readwrite', 'readonly'],
  cache: ['target', 'id', 'sharing', 'from', 'source', 'readonly', 'readwrite', 'mode', 'uid', 'gid'],
  tmpfs: ['target', 'size'],
  secret: ['id', 'target', 'source', 'env', 'required', 'mode', 'uid', 'gid'],
}

/** @throws MiniDockerError InvalidArgument, Unsupported */
export function readMount(text: string): RunMount {
  const what = `--mount=${text}`
  const refuse = (why: string, hint?: string): never =>
    fail('InvalidArgument', { what, why, ...(hint === undefined ? {} : { hint }) })
  const values = new Map<string, string>()
  for (const field of fieldsOf(text)) {
    const [, said = '', value] = /^([^=]*)(?:=([\s\S]*))?$/.exec(field)!
    const name = said.trim().toLowerCase()
    values.set(aliases[name] ?? name, value ?? 'true')
  }
  const type = values.get('type') ?? 'bind'
  values.delete('type')
  if (type === 'ssh') {
    fail('Unsupported', { what, why: 'the keys of an ssh agent are not passed on', hint: 'type=secret holds a key' })
  }
  if (!isType(type)) return refuse(`type '${type}' is unknown`, 'bind, cache, tmpfs or secret')
  const unknown = [...values.keys()].find(name => !keysOf[type].includes(name))
  if (unknown !== undefined) refuse(`type=${type} does not know '${unknown}'`, keysOf[type].join(', '))
  const on = (name: string): boolean => {
    const value = values.get(name) ?? 'false'
    if (value !== 'true' && value !== 'false' && value !== '1' && value !== '0') {
      refuse(`'${name}' is true or false`)
    }
    return value === 'true' || value === '1'
  }
  const from = values.get('from') ?? null
  if (from?.includes('$') === true) {
    refuse("'from' takes no variables", 'name a stage: FROM $IMAGE AS tools, then from=tools')
  }
  const target = values.get('target')
  if (type !== 'secret' && target === undefined) refuse('has no target', 'target=/path')
  const mode = values.get('mode')
  if (mode !== undefined && !/^[0-7]{1,5}$/.test(mode)) refuse(`mode '${mode}' is not octal`, 'mode=0755')
  const owner = { uid: values.get('uid') ?? '0', gid: values.get('gid') ?? '0' }
  if (!/^\d+$/.test(owner.uid) || !/^\d+$/.test(owner.gid)) refuse('uid and gid are numbers')
  const source = values.get('source') ?? '/'
  switch (type) {
    case 'bind':
      return { type, target: target!, source, from, writable: on('readwrite') && !on('readonly') }
    case 'cache': {
      const sharing = values.get('sharing') ?? 'shared'
      if (sharing !== 'shared' && sharing !== 'private' && sharing !== 'locked') {
        return refuse(`sharing '${sharing}' is unknown`, 'shared, private or locked')
      }
      const id = values.get('id') ?? null
      return {
        type,
        target: target!,
        id,
        sharing,
        from,
        source,
        readonly: on('readonly'),
        mode: mode ?? '0755',
        ...owner,
      }
    }
    case 'tmpfs':
      return { type, target: target!, size: sizeOf(values.get('size'), refuse) }
    case 'secret': {
      const id = values.get('id') ?? values.get('source') ?? target?.split('/').at(-1)
      if (id === undefined || id === '') return refuse('has neither id nor target', 'id=token')
      const env = values.get('env') ?? null
      const place = target ?? (env === null ? `/run/secrets/${id}` : null)
      return { type, id, target: place, env, required: on('required'), mode: mode ?? '0400', ...owner }
    }
  }
}

const isType = (type: string): type is RunMount['type'] => Object.hasOwn(keysOf, type)

/** Fields are those of CSV: one in double quotes may hold commas. */
function fieldsOf(text: string): string[] {
  return [...text.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
    .map(([, field]) => field!)
    .filter(field => field !== '')
    .map(field => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field))
}

const units: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }

function sizeOf(text: string | undefined, refuse: (why: string, hint: string) => never): number | null {
  if (text === undefined) return null
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(text) ?? []
  if (number === undefined) return refuse(`size '${text}' is no number of bytes`, 'size=64m')
  return Math.round(Number(number) * units[unit!.toLowerCase()]!)
}
