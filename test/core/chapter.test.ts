import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Chapter, refuseUnknown } from '#core/chapter'
import { MiniDockerError } from '#core/errors'
import type { Spec } from '#core/spec/runtime'
import { chapters } from '#support/examples'

const [ch1, ch2] = chapters as [Chapter, Chapter]
const minimal = ch1.examples.shell!
const withProcess = (fields: object) => ({ ...minimal, process: { ...minimal.process, ...fields } })

function refusal(chapter: Chapter, spec: object): string {
  try {
    refuseUnknown(chapter, spec as Spec)
  } catch (error) {
    if (error instanceof MiniDockerError && error.class === 'Unsupported') return error.line
    throw error
  }
  return 'taken'
}

test('a chapter understands its own examples when it looks at them', () => {
  for (const chapter of chapters) {
    for (const [name, spec] of Object.entries(chapter.examples)) assert.is(refusal(chapter, spec), 'taken', name)
  }
})

test('a chapter understands what the one before it does when it builds on that', () => {
  for (const spec of Object.values(ch1.examples)) assert.is(refusal(ch2, spec), 'taken')
})

test('a chapter names the field and who brings it when it does not know one', () => {
  const unknown: readonly (readonly [Chapter, object, string, string])[] = [
    [ch1, { ...minimal, linux: { namespaces: [{ type: 'pid' }] } }, 'linux.namespaces.type', 'ch2'],
    [ch1, { ...minimal, hostname: 'box' }, 'hostname', 'ch2'],
    [ch1, { ...minimal, mounts: [{ destination: '/x' }] }, 'mounts.destination', 'ch2'],
    [ch1, { ...minimal, root: { path: '/', readonly: true } }, 'root.readonly', 'ch2'],
    [ch2, { ...minimal, linux: { resources: { pids: { limit: 1 } } } }, 'linux.resources.pids.limit', 'ch3'],
    [ch2, { ...minimal, linux: { namespaces: [{ type: 'net', path: '/x' }] } }, 'linux.namespaces.path', 'ch7'],
    [ch2, { ...minimal, hooks: { prestart: [{ path: '/x' }] } }, 'hooks.prestart.path', 'ch7'],
    [ch2, withProcess({ noNewPrivileges: true }), 'process.noNewPrivileges', 'ch7'],
    [
      ch2,
      { ...minimal, linux: { seccomp: { defaultAction: 'SCMP_ACT_ALLOW' } } },
      'linux.seccomp.defaultAction',
      'ch7',
    ],
  ]
  for (const [chapter, spec, field, brings] of unknown) {
    const expected = `spec field '${field}': ${chapter.id} does not know it: that is ${brings} (mini-docker ${brings} run …)`
    assert.is(refusal(chapter, spec), expected)
  }
})

test('a chapter says to leave a field out when no chapter brings it', () => {
  assert.is(
    refusal(ch2, { ...minimal, windows: { cpu: 1 } }),
    "spec field 'windows.cpu': ch2 does not know it (leave it out)",
  )
})

test('a chapter takes annotations as they come when their keys are anything', () => {
  assert.is(refusal(ch1, { ...minimal, annotations: { 'hooks.x': '1' } }), 'taken')
})

test.run()
