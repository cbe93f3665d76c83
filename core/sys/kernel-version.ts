/** What a kernel says of itself in /proc/sys/kernel/osrelease: `6.1.0-13-amd64`. */

/** Whether it is this version or a later one. */
export function isAtLeast(kernel: string, major: number, minor: number): boolean {
  const [have = 0, and = 0] = kernel.split('.').map(Number.parseFloat)
  return have > major || (have === major && and >= minor)
}
