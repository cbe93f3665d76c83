/**
 * libc: the only file that imports koffi. Everything that Node cannot do itself is called from here, by the name it has in
 * the manual, and throws an Errno that carries the name of the call and of the error.
 *
 * koffi's native file is loaded directly: its JavaScript loader costs six times the load itself.
 */

import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { KoffiFunc } from 'koffi'
import { fail } from '#core/errors'
import { errnoName, type SyscallName, syscallNumbers } from './constants.js'

type Koffi = typeof import('koffi').default
type Library = ReturnType<Koffi['load']>
// biome-ignore lint/suspicious/noExplicitAny: a C function, its arguments are as its prototype says
type AnyFunction = KoffiFunc<(...args: any[]) => any>

let koffi: Koffi | undefined
let library: Library | undefined

function load(): Library {
  if (library !== undefined) return library
  koffi = loadNative()
  library = koffi.load(null) // the process itself: libc by whatever name it has here
  return library
}

/** koffi's binary for this machine; glibc and musl have one each, and only one of them loads. */
function loadNative(): Koffi {
  const { platform, arch } = process
  const name = `@koromix/koffi-${platform}-${arch}`
  let cause: unknown
  for (const flavour of [platform, 'musl']) {
    const native = { exports: {} as Koffi }
    try {
      process.dlopen(native, inNodeModules(`${name}/${flavour}_${arch}/koffi.node`))
      return native.exports
    } catch (error) {
      cause ??= error
    }
  }
  return fail('Unavailable', { what: name, why: 'cannot be loaded', hint: 'npm ci installs it', cause })
}

/** The file in the nearest node_modules upwards that has it: Node's own rule, at a tenth of what require.resolve costs. */
function inNodeModules(file: string): string {
  const here = fileURLToPath(import.meta.url)
  for (let end = here.lastIndexOf('/'); end > 0; end = here.lastIndexOf('/', end - 1)) {
    const path = `${here.slice(0, end)}/node_modules/${file}`
    if (fs.existsSync(path)) return path
  }
  throw new Error(`${file} is in no node_modules above ${here}`)
}

/** A system call that failed: `call` and `code` ('ENOENT') as Node's own errors have them. */
export class Errno extends Error {
  override readonly name = 'Errno'
  readonly syscall: string
  readonly errno: number
  readonly code: string

  constructor(syscall: string, errno: number) {
    super(`${syscall}: ${errnoName(errno)}`)
    this.syscall = syscall
    this.errno = errno
    this.code = errnoName(errno)
  }
}

const functions = new Map<string, AnyFunction>()

/** The C function of that prototype, declared on first use. */
function declare(prototype: string): AnyFunction {
  let found = functions.get(prototype)
  if (found === undefined) {
    found = load().func(prototype)
    functions.set(prototype, found)
  }
  return found
}

/** Calls a C function that returns -1 and sets errno when it fails. */
export function call(prototype: string, ...args: readonly unknown[]): number {
  const result = Number(declare(prototype)(...args))
  if (result === -1) throw new Errno(nameIn(prototype), koffi!.errno())
  return result
}

/** The same on a thread of the pool, for a call that waits. errno does not come back from there: only -1 does. */
function callAsync(prototype: string, ...args: readonly unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    declare(prototype).async(...args, (error: unknown, result: unknown) =>
      error ? reject(error) : resolve(Number(result)),
    )
  })
}

const nameIn = (prototype: string): string => /(\w+)\(/.exec(prototype)?.[1] ?? prototype

/** syscall(2) by name: [type, value] pairs as koffi wants them for a variadic function. */
export function syscall(name: SyscallName, ...pairs: readonly unknown[]): number {
  const numbers = syscallNumbers[name]
  const number = process.arch === 'arm64' ? numbers.arm64 : numbers.x64
  const result = Number(declare('long syscall(long n, ...)')(number, ...pairs))
  if (result === -1) throw new Errno(name, koffi!.errno())
  return result
}

const AF_UNIX = 1
const SOCK_STREAM = 1
const SOCK_CLOEXEC = 0o2000000
const MSG_CMSG_CLOEXEC = 0x40000000
const MSG_NOSIGNAL = 0x4000
const SOL_SOCKET = 1
const SCM_RIGHTS = 1

/** socketpair(2): two connected ends, close-on-exec. */
export function socketpair(): [number, number] {
  const ends = new Int32Array(2)
  call('int socketpair(int domain, int type, int protocol, void *ends)', AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)
  return [ends[0]!, ends[1]!]
}

/** struct msghdr with one buffer; `control` is room for one fd (cmsg(3): a 16-byte header, the fd, padding). */
function message(data: Uint8Array, control: Buffer | null): object {
  return {
    name: null,
    namelen: 0,
    iov: [{ base: data, len: data.length }],
    iovlen: 1,
    control,
    controllen: control === null ? 0 : control.length,
    flags: 0,
  }
}

let messageTypes = false
function declareMessage(): void {
  load()
  if (messageTypes) return
  koffi!.struct('iovec', { base: 'void *', len: 'size_t' })
  koffi!.struct('msghdr', {
    name: 'void *',
    namelen: 'uint32',
    iov: 'iovec *',
    iovlen: 'size_t',
    control: 'void *',
    controllen: 'size_t',
    flags: 'int',
  })
  messageTypes = true
}

const CONTROL_LENGTH = 24
const controlHeader = (length: bigint): Buffer => {
  const control = Buffer.alloc(CONTROL_LENGTH)
  control.writeBigUInt64LE(length, 0)
  control.writeInt32LE(SOL_SOCKET, 8)
  control.writeInt32LE(SCM_RIGHTS, 12)
  return control
}

/** Sends all of `data`, and `fd` along with its first byte. @throws Errno EPIPE when the other end is gone */
export function send(socket: number, data: Uint8Array, fd?: number): void {
  declareMessage()
  let rest = data
  let control: Buffer | null = null
  if (fd !== undefined) {
    control = controlHeader(20n)
    control.writeInt32LE(fd, 16)
  }
  while (rest.length > 0) {
    const sent = call('long sendmsg(int fd, const msghdr *m, int flags)', socket, message(rest, control), MSG_NOSIGNAL)
    rest = rest.subarray(sent)
    control = null
  }
}

export interface Received {
  /** Bytes read into the buffer; 0 when the other end is gone. */
  readonly length: number
  readonly fd: number | null
}

const recvmsg = 'long recvmsg(int fd, msghdr *m, int flags)'
const received = (length: number, control: Buffer): Received => {
  const carriesFd = length > 0 && control.readInt32LE(12) === SCM_RIGHTS && control.readBigUInt64LE(0) === 20n
  return { length: Math.max(length, 0), fd: carriesFd ? control.readInt32LE(16) : null }
}

/** Waits for what the other end sends, on a thread of the pool. A closed connection counts as its end. */
export async function receive(socket: number, into: Uint8Array): Promise<Received> {
  declareMessage()
  const control = Buffer.alloc(CONTROL_LENGTH)
  return received(await callAsync(recvmsg, socket, message(into, control), MSG_CMSG_CLOEXEC), control)
}

/** The same on this thread, which stands still: for the stage, which may have no other. @throws Errno */
export function receiveSync(socket: number, into: Uint8Array): Received {
  declareMessage()
  const control = Buffer.alloc(CONTROL_LENGTH)
  return received(call(recvmsg, socket, message(into, control), MSG_CMSG_CLOEXEC), control)
}

/**
 * posix_spawn(3): fork and exec without going through libuv. `fds[n]` becomes the child's fd n; all others are closed.
 * @returns the pid: a child of this process, to be reaped with `reap`
 */
export function spawn(path: string, argv: readonly string[], env: readonly string[], fds: readonly number[]): number {
  const actions = Buffer.alloc(256) // posix_spawn_file_actions_t: 80 bytes in glibc and musl
  const check = (name: string, error: number): void => {
    if (error !== 0) throw new Errno(name, error)
  }
  check('posix_spawn_file_actions_init', call('int posix_spawn_file_actions_init(void *actions)', actions))
  try {
    // A dup2 onto itself clears close-on-exec, which libuv sets on 0-2. A source that a later target would overwrite does
    // not occur: all but stdio lie above the targets, as Node's own fds do.
    const dup2 = 'int posix_spawn_file_actions_adddup2(void *actions, int from, int to)'
    fds.forEach((from, to) => {
      check('posix_spawn_file_actions_adddup2', call(dup2, actions, from, to))
    })
    const pid = new Int32Array(1)
    const prototype =
      'int posix_spawn(void *pid, const char *path, void *actions, void *attributes, const char **argv, const char **envp)'
    check(`posix_spawn '${path}'`, call(prototype, pid, path, actions, null, [...argv, null], [...env, null]))
    return pid[0]!
  } finally {
    call('int posix_spawn_file_actions_destroy(void *actions)', actions)
  }
}

/** waitpid(2) on a thread of the pool. @returns the wait status */
export async function reap(pid: number): Promise<number> {
  const status = new Int32Array(1)
  await callAsync('int waitpid(int pid, void *status, int options)', pid, status, 0)
  return status[0]!
}

const LOCK_EX = 2

/** flock(2), exclusive; the lock goes with the fd, and so with the process. Waits. */
export const lockExclusive = (fd: number): number => call('int flock(int fd, int operation)', fd, LOCK_EX)

/** pidfd_open(2): a handle on that very process, whatever its number becomes. */
export const pidfdOpen = (pid: number): number => syscall('pidfd_open', 'int', pid, 'unsigned int', 0)
