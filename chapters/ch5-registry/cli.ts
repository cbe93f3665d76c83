/** ch5 on the command line. */

import type { Command } from '#core/cli/command'
import { clientCommands, runCommands } from './client/commands.js'

export async function commands(): Promise<readonly Command[]> {
  return [...(await runCommands()), ...clientCommands]
}
