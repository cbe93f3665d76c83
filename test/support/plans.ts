/** Plans made by hand from the parts of ch1 and ch2, each with a rootfs of its own that holds only the probe. */

import * as fs from 'node:fs'
import * as os from 'node:os'
import { test } from 'uvu'
import { parts as ch1 } from '#chapters/ch1-chroot/index'
import { defaultSpec, type Wish } from '#chapters/ch2-namespaces/default-spec'
import { parts as ch2 } from '#chapters/ch2-namespaces/index'
import { assemble } from '#core/plan/assemble'
import type { Plan } from '#core/plan/step'
import type { Process, Spec } from '#core/spec/runtime'
import { cannedFacts } from '#core/sys/facts'
import { insidePath } from './inside.js'
import { isThere } from './needs.js'

export const planFacts = cannedFacts.v2

/** An empty root but for the probe: what ch2 leaves in it (mount points) must not help the next test. */
export const scratch = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-plans-`)
fs.chmodSync(scratch, 0o755)
export function newRootfs(): string {
  const root = fs.mkdtempSync(`${scratch}/root-`)
  fs.chmodSync(root, 0o755)
  for (const directory of ['bin', 'tmp', 'etc']) fs.mkdirSync(`${root}/${directory}`)
  if (isThere('inside')) fs.copyFileSync(insidePath, `${root}/bin/inside`)
  fs.writeFileSync(`${root}/etc/plain`, 'no program')
  fs.writeFileSync(`${root}/bin/garbage`, 'neither a script nor a program', { mode: 0o755 })
  fs.symlinkSync('loop', `${root}/bin/loop`)
  return root
}
test.after(() => fs.rmSync(scratch, { recursive: true }))

export const processOf = (args: readonly string[], more: Partial<Process> = {}): Process => ({
  args,
  env: ['PATH=/sbin:/bin', 'EMPTY=', 'WORDS=two words'],
  cwd: '/',
  user: { uid: 0, gid: 0, umask: 0o027 },
  ...more,
})
/** A user that is not root, for the process. */
export const user = { uid: 1000, gid: 1001, umask: 0o022, additionalGids: [7, 8] }

export function ch1Plan(args: readonly string[], more?: Partial<Process>): Plan {
  const spec: Spec = { ociVersion: '1.2.1', root: { path: newRootfs() }, process: processOf(args, more) }
  return assemble(Object.values(ch1), spec, planFacts)
}
export function ch2Plan(args: readonly string[], wish: Partial<Wish> = {}, more?: Partial<Process>): Plan {
  const spec = defaultSpec({ rootfs: newRootfs(), process: processOf(args, more), hostname: 'box', ...wish }, planFacts)
  return assemble(Object.values(ch2), spec, planFacts)
}
