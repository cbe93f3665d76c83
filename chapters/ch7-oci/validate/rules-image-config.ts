/** Rules about an image config. Source: image-spec, config.md. */

import { isAssignment } from './asked.js'
import { isTime, wellFormed } from './digest-words.js'
import { type Document, everyKey, everyText, type Fields, type Found, listsAt, objectsAt, type Rule } from './rule.js'
import type { ImageDocument } from './rules-descriptor.js'
import { of } from './rules-image.js'

export const imageConfigRules: readonly Rule<ImageDocument>[] = [
  {
    id: 'config-created',
    level: 'MUST',
    section: 'config.md#properties',
    rule: 'MUST be a date and time as of RFC 3339',
    check: of('config', document => [
      ...everyText('created', isTime)(document),
      ...everyText('history[].created', isTime)(document),
    ]),
  },
  {
    id: 'config-env',
    level: 'MUST',
    section: 'config.md#properties',
    rule: 'MUST be NAME=VALUE',
    check: of('config', everyText('config.Env[]', isAssignment)),
  },
  {
    id: 'config-port',
    level: 'MUST',
    section: 'config.md#properties',
    rule: 'MUST be a port, PORT, PORT/tcp or PORT/udp',
    check: of('config', everyKey('config.ExposedPorts', isPort)),
  },
  {
    id: 'config-stop-signal',
    level: 'SHOULD',
    section: 'config.md#properties',
    rule: 'SHOULD be the name of a signal, like SIGKILL or SIGRTMIN+3',
    check: of(
      'config',
      everyText('config.StopSignal', signal => signal === '' || /^SIG[A-Z]+\d*([+-]\d+)?$/.test(signal)),
    ),
  },
  {
    id: 'config-args-escaped',
    level: 'SHOULD',
    section: 'config.md#properties',
    rule: 'SHOULD NOT be used: it is deprecated',
    check: of('config', function* ({ json }) {
      for (const { at, value } of objectsAt(json, 'config'))
        if (value.ArgsEscaped === true) yield { at: `${at}.ArgsEscaped` }
    }),
  },
  {
    id: 'config-diff-id',
    level: 'MUST',
    section: 'config.md#layer-diffid',
    rule: 'MUST be a digest of the form that its algorithm has',
    check: of(
      'config',
      everyText('rootfs.diff_ids[]', id => ['sha256', 'sha512', 'blake3'].every(name => wellFormed(name, id))),
    ),
  },
  {
    id: 'config-history',
    level: 'SHOULD',
    section: 'config.md#properties',
    rule: 'SHOULD have an entry for each layer, those with empty_layer aside',
    check: of('config', historyWithoutLayers),
  },
]

function isPort(port: string): boolean {
  const number = Number(/^(\d{1,5})(\/(tcp|udp))?$/.exec(port)?.[1] ?? 0)
  return number >= 1 && number <= 65535
}

function* historyWithoutLayers({ json }: Document): Generator<Found> {
  for (const { at, value: history } of listsAt(json, 'history')) {
    const made = history.filter(entry => (entry as Fields | null)?.empty_layer !== true).length
    for (const { value: layers } of listsAt(json, 'rootfs.diff_ids')) {
      if (made !== layers.length) yield { at, detail: `${made}, not ${layers.length}` }
    }
  }
}
