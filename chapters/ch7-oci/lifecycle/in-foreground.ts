/** A process that is ours to wait for: signals go on to it, its terminal is shown in ours, and its exit code is ours. */

import { codeOf } from '#core/exec/outcome'
import { forwardSignals } from '#core/exec/signals'
import type { TerminalRelay } from '#core/exec/terminal'
import { reap } from '#core/sys/spawn'

/** @param start gives its pid, and its terminal's master, if it has one, to `onConsole` @returns its exit code */
export async function inForeground(start: (onConsole: (master: number) => void) => Promise<number>): Promise<number> {
  const { relayTerminal } = await import('#core/exec/terminal')
  const signals = forwardSignals(false)
  let relay: TerminalRelay | undefined
  try {
    const pid = await start(master => {
      // who cannot be shown what it writes ends it, as a closed pipe would
      relay = relayTerminal(master, true, () => signals.noticeHangUp() || signals.end())
    })
    signals.running(pid)
    const status = await reap(pid)
    await relay?.drained()
    return codeOf(status)
  } finally {
    signals.stop()
    relay?.restore()
  }
}
