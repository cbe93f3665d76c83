import { type CompareRow, compareRows } from './compare.js'

export declare const data: CompareRow[]
export default { load: compareRows }
