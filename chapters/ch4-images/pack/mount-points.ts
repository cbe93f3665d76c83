/** Where other file systems begin: what is mounted below a directory. Pure. */

/**
 * @param mountinfo of proc_pid_mountinfo(5); blanks and their kind are written in octal there
 * @param directory absolute, without links
 * @returns paths in the tree: '/proc' for /srv/root/proc when the tree is /srv/root
 */
export function mountPointsBelow(mountinfo: string, directory: string): ReadonlySet<string> {
  const top = directory === '/' ? '/' : `${directory}/`
  const points = mountinfo.split('\n').map(line => {
    const point = line.split(' ')[4] ?? ''
    return point.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
  })
  return new Set(
    points.filter(point => point.startsWith(top) && point !== top).map(point => point.slice(top.length - 1)),
  )
}
