/** What every chapter stands on: the kernel, calls to libc, somebody who performs plans, chroot, a root directory. */

import { execFileSync } from 'node:child_process'
import { findBusybox, findHostPrograms } from '#core/rootfs/programs'
import { call, Errno } from '#core/sys/libc'
import { from } from './chapters.js'
import { degraded, missing, ok, type Probe } from './check.js'
import { userNamespace } from './moves.js'
import { install, notQuiteRoot } from './remedy.js'
import { attempt } from './trial.js'

const all = from('ch1')

export const kernel: Probe = {
  id: 'kernel',
  what: 'a Linux kernel',
  chapters: all,
  needed: all,
  loses: 'containers',
  after: [],
  look: ({ facts }) => {
    const known = process.arch === 'x64' || process.arch === 'arm64'
    if (process.platform === 'linux' && known) return ok(`Linux ${facts.kernel} on ${process.arch}`)
    return missing(
      `this is ${process.platform} on ${process.arch}: plans can be made and explained here, not performed`,
      'open the repository in its devcontainer (.devcontainer), or look at a plan: mini-docker ch2 run --explain',
    )
  },
}

export const koffi: Probe = {
  id: 'koffi',
  what: 'calls to libc by koffi',
  chapters: all,
  needed: all,
  loses: 'containers',
  after: ['kernel'],
  look: () => {
    try {
      return call('int getpid()') === process.pid
        ? ok('loads and calls')
        : missing('calls, but answers nonsense', 'npm ci')
    } catch (error) {
      return missing((error as Error).message, 'npm ci')
    }
  },
}

export const stage = (root: boolean): Probe => ({
  id: 'stage',
  what: 'the native stage (C)',
  chapters: all,
  needed: root ? from('ch6') : from('ch2'), // koffi plays the stage for root's containers without a user namespace
  loses: 'speed, user namespaces, --init and exec',
  after: ['koffi'],
  async look(machine) {
    const remedy = `${install(machine.root, 'gcc')} && npm run build`
    if (machine.executor?.name !== 'native') return missing('not built, and no C compiler here can build it', remedy)
    const tried = await attempt(machine, [{ op: 'umask', mask: 0o022 }])
    return tried.done ? ok('performs programs') : missing(`does not perform a program: ${tried.said}`, remedy)
  },
})

export const chroot: Probe = {
  id: 'chroot',
  what: 'chroot',
  chapters: ['ch1'],
  needed: ['ch1'],
  loses: 'the jail',
  after: ['koffi'],
  async look(machine) {
    const tried = await attempt(machine, [
      { op: 'chroot', path: machine.scratch.directory('jail') },
      { op: 'chdir', path: '/' },
    ])
    if (tried.done) return ok('changes the root directory')
    if (machine.root) return missing(tried.said, notQuiteRoot)
    const inside = await attempt(machine, [...userNamespace(machine), { op: 'chroot', path: '/' }])
    const way = inside.done
      ? 'sudo mini-docker ch1 run, or MINI_DOCKER_ROOT=/a/directory/of/yours unshare --user --map-root-user mini-docker ch1 run'
      : 'sudo mini-docker ch1 run'
    return { ...missing(`chroot: ${tried.errno}: it is for root`, way), rootCould: true }
  },
}

export const rootfs: Probe = {
  id: 'rootfs',
  what: 'programs for the default root directory',
  chapters: ['ch1', 'ch2', 'ch3'],
  needed: [],
  loses: 'the small default root directory',
  after: ['kernel'],
  look: ({ root }) => {
    const remedy = install(root, 'busybox')
    const busybox = findBusybox()
    if (busybox !== null) {
      try {
        execFileSync(busybox.path, ['true'], { stdio: 'ignore', timeout: 10_000 })
        return ok(`static busybox with ${busybox.applets.length} programs`)
      } catch {
        return degraded('static busybox is there, but does not run', remedy)
      }
    }
    const programs = findHostPrograms()
    if (programs.length > 0)
      return degraded(`no static busybox: ${programs.length} programs of this machine, with libraries`, remedy)
    return missing('neither a static busybox nor a shell', `${remedy}, or bring a root directory: --rootfs DIR`)
  },
}

/**
 * The one call that is made here and not in a child: with no filter to read, it fails with EFAULT where filters exist
 * and with EINVAL where not, and changes nothing (PR_SET_SECCOMP(2const), ERRORS).
 */
export const seccomp: Probe = {
  id: 'seccomp',
  what: 'seccomp filters',
  chapters: ['ch7'],
  needed: [],
  loses: 'the seccomp filter',
  after: ['koffi'],
  look: () => {
    const prSetSeccomp = 22
    const filterMode = 2
    try {
      call(
        'int prctl(int option, unsigned long mode, void *filter, unsigned long a, unsigned long b)',
        prSetSeccomp,
        filterMode,
        null,
        0,
        0,
      )
    } catch (error) {
      if (error instanceof Errno && error.code === 'EFAULT') return ok('a filter would be read')
      if (error instanceof Errno)
        return missing(error.message, 'boot a kernel that is built with CONFIG_SECCOMP_FILTER=y')
      throw error
    }
    return missing('the kernel accepted a filter that is none')
  },
}
