/** What goes wrong and is no error: it is told, and all goes on. Source: runtime.md "Warnings". */

export function warn(text: string): void {
  process.stderr.write(`mini-runc: warning: ${text}\n`)
}

/** @param lacking capabilities */
export function warnOfCapabilities(lacking: readonly string[]): void {
  if (lacking.length > 0) warn(`${lacking.join(', ')} cannot be given`)
}

export function warnOf(action: () => void): void {
  try {
    action()
  } catch (error) {
    warn((error as Error).message)
  }
}
