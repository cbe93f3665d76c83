import type { Language } from './labs.js'
import { type FieldRow, fieldRows } from './results.js'

export declare const data: Record<Language, FieldRow[]>
export default {
  watch: ['../public/lab-results-1.schema.json'],
  load: () => ({ en: fieldRows('en'), zh: fieldRows('zh') }),
}
