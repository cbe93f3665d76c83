/** mini-runc with all of its commands. */

import { commands } from './commands.js'
import { main } from './main.js'

export const runtime = (argv: readonly string[]): Promise<number> => main(argv, commands)
