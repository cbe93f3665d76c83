import { type Difference, differences } from './chapter-sources.js'

export declare const data: Record<string, Difference>
export default { watch: ['../../chapters/**/*.ts'], load: differences }
