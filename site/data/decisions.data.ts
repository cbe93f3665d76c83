import { type Decision, decisions } from './decisions.js'

type Listed = Pick<Decision, 'path' | 'title'>

export declare const data: Listed[]
export default {
  watch: ['../about/decisions/*.md'],
  load: (): Listed[] => decisions().map(({ path, title }) => ({ path, title })),
}
