import type { Language } from './labs.js'
import { type Rules, rules } from './rules.js'

export declare const data: Record<Language, Rules>
export default { load: () => ({ en: rules('en'), zh: rules('zh') }) }
