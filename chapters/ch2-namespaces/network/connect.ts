import type { Parts } from '#core/chapter'
import type { Mount } from '#core/spec/runtime'
import type { Facts } from '#core/sys/facts'
import type { Shared } from '#core/exec/shared'
export type NetworkMode = 'none' | 'host' | 'bridge'
export interface Connection { readonly parts: Parts; readonly mounts: readonly Mount[]; readonly files: readonly string[] }
export function connect(request: { mode: NetworkMode; id: string; hostname: string; directory: string; facts: Facts; shared: Shared | null }): Connection {
  void request
  return { parts: {}, mounts: [], files: [] }
}
