/**
 * libc: the only file that imports koffi. Everything that Node cannot do itself is called from here, by the name it has in
 * the manual, and throws an Errno that carries the name of the call and of the error.
 *
 * koffi's native file is loaded directly: its JavaScript loader costs six times the load itself.
 */

import * as fs from 'node:fs'
import type { KoffiFunc } from 'koffi'
import { errnoOf, fail } from '#core/errors'
import { errnoName, openFlags, type SyscallName, syscallNumbers } from './constants.js'

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
  const here = import.meta.filename
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

/** Names a C structure, for prototypes to come. */
export function struct(name: string, fields: Readonly<Record<string, string>>): void {
  load()
  koffi!.struct(name, fields)
}

/**
 * Calls a C function that returns -1 and sets errno when it fails. errno is asked for before anything else is done: it is the
 * thread's, and memory that Node asks for in between may leave ENOMEM there (sbrk(2) fails, malloc(3) goes on by mmap(2)).
 */
export function call(prototype: string, ...args: readonly unknown[]): number {
  const result = Number(declare(prototype)(...args))
  if (result !== -1) return result
  const errno = koffi!.errno()
  throw new Errno(nameIn(prototype), errno)
}

/** The same on a thread of the pool, for a call that waits. errno does not come back from there: only -1 does. */
export function callAsync(prototype: string, ...args: readonly unknown[]): Promise<number> {
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

/**
 * The same for a call that is made thousands of times: its parameters are declared once (`int fd, void *buffer`), which
 * makes it five times as cheap.
 */
export function syscallOf(name: SyscallName, parameters: string): (...args: readonly unknown[]) => number {
  const number = syscallNumbers[name][process.arch === 'arm64' ? 'arm64' : 'x64']
  const prototype = `long syscall(long n, ${parameters})`
  return (...args) => {
    const result = Number(declare(prototype)(number, ...args))
    if (result === -1) throw new Errno(name, koffi!.errno())
    return result
  }
}

/**
 * A library other than libc, by its file name as the dynamic linker looks it up (dlopen(3)): a function that gives the
 * C function of a prototype. @throws when it is not there
 */
export function openLibrary(file: string): (prototype: string) => AnyFunction {
  load()
  // RTLD_DEEPBIND: calls inside the library stay there; Node from 22 exports zstd functions of its own, of another version
  const opened = koffi!.load(file, { deep: true })
  return prototype => opened.func(prototype)
}

/** Where a buffer lies: for the fields of structures that hold pointers. It must outlive the call. */
export function addressOf(buffer: Uint8Array): bigint {
  load()
  return BigInt(koffi!.address(buffer))
}

/**
 * _exit(2): ends this process here and now. Taking down V8 and its threads properly costs a tenth of what starting them did,
 * and serves nobody once all is written. Returns when libc was never called, or somebody wants to know of the exit
 * (coverage, a profile, a listener): then process.exit is the way.
 */
export function endAtOnce(code: number): void {
  const watched = Boolean(process.env.NODE_V8_COVERAGE) || process.execArgv.length > 0
  if (library === undefined || watched || process.listenerCount('exit') > 0) return
  declare('void _exit(int status)')(code)
}

const LOCK_SH = 1
const LOCK_EX = 2
const LOCK_NB = 4

/** flock(2), exclusive; the lock goes with the fd, and so with the process. Waits. */
export const lockExclusive = (fd: number): number => call('int flock(int fd, int operation)', fd, LOCK_EX)

/** Beside others that are shared; waits. */
export const lockShared = (fd: number): number => call('int flock(int fd, int operation)', fd, LOCK_SH)

/** @returns whether nobody else has any */
export const lockExclusiveNow = (fd: number): boolean => lockNow(fd, LOCK_EX)

/** @returns whether nobody has it for himself alone */
export const lockSharedNow = (fd: number): boolean => lockNow(fd, LOCK_SH)

function lockNow(fd: number, operation: number): boolean {
  try {
    call('int flock(int fd, int operation)', fd, operation | LOCK_NB)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return false
    throw error
  }
}

/** pidfd_open(2): a handle on that very process, whatever its number becomes. */
export const pidfdOpen = (pid: number): number => syscall('pidfd_open', 'int', pid, 'unsigned int', 0)

/** pipe2(2), close-on-exec. */
export function pipe(): { readonly reader: number; readonly writer: number } {
  const fds = new Int32Array(2)
  call('int pipe2(void *fds, int flags)', fds, openFlags.O_CLOEXEC)
  return { reader: fds[0]!, writer: fds[1]! }
}
