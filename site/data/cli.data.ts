import { type CommandRow, commandRows } from './cli.js'
import type { Language } from './labs.js'

export declare const data: Record<Language, CommandRow[]>
export default { load: async () => ({ en: await commandRows('en'), zh: await commandRows('zh') }) }
