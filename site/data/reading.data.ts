import { type Reading, readings } from './reading.js'

export declare const data: Record<string, Reading>
export default { watch: ['../**/*.md', '../../chapters/**/*.ts'], load: readings }
