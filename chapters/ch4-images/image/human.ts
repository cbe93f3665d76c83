/** Ages as the docker command writes them (github.com/docker/go-units). Pure. */

/** `2 hours`, `3 weeks`. */
export function humanAge(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  const minutes = Math.floor(seconds / 60)
  const hours = Math.round(seconds / 3600)
  if (seconds < 1) return 'Less than a second'
  if (seconds === 1) return '1 second'
  if (seconds < 60) return `${seconds} seconds`
  if (minutes === 1) return 'About a minute'
  if (minutes < 60) return `${minutes} minutes`
  if (hours === 1) return 'About an hour'
  if (hours < 48) return `${hours} hours`
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`
  return `${Math.floor(hours / 24 / 365)} years`
}

/** @param created RFC 3339, or nothing: a reproducible image says none @returns `2 hours ago`, `N/A` */
export function agoOf(created: string | undefined, now: number): string {
  const time = created === undefined ? Number.NaN : Date.parse(created)
  return Number.isNaN(time) ? 'N/A' : `${humanAge(Math.max(0, now - time))} ago`
}
