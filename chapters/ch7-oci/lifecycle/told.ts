/** What is said of a container: `state`, and a line of `list`. */

import * as fs from 'node:fs'
import type { ContainerRecord } from '#core/exec/state'
import { parsePasswd } from '#core/spec/account'
import { isAlive } from '#core/sys/identity'
import type { Containers } from './containers.js'
import { stateOf } from './state.js'

/** What `state` prints: the spec's, and what runc says beside it. */
export function stateJson(containers: Containers, record: ContainerRecord) {
  const pid = record.init !== null && isAlive(record.init) ? record.init.pid : 0
  return {
    ...stateOf(record, record.spec, containers.stateOf(record)),
    pid,
    rootfs: record.spec?.root.path ?? '',
    created: new Date(record.created).toISOString(),
    owner: ownerOf(containers.directoryOf(record.id)),
  }
}

/** Who made it, by name where there is one. */
function ownerOf(directory: string): string {
  const uid = fs.statSync(directory, { throwIfNoEntry: false })?.uid ?? 0
  const passwd = uid === 0 ? '' : fs.readFileSync('/etc/passwd', 'utf8')
  return uid === 0 ? 'root' : (parsePasswd(passwd).find(entry => entry.uid === uid)?.name ?? `#${uid}`)
}
