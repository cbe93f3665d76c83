import { type OpRow, opRows } from './ops.js'

export declare const data: OpRow[]
export default { load: opRows }
