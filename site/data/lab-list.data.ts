import { type Lab, type Language, listLabs } from './labs.js'

type Listed = Pick<Lab, 'id' | 'chapter' | 'title'>
const list = (language: Language): Listed[] =>
  listLabs(language).map(({ id, chapter, title }) => ({ id, chapter, title }))

export declare const data: Record<Language, Listed[]>
export default { watch: ['../../labs/ch*/**/task*.md'], load: () => ({ en: list('en'), zh: list('zh') }) }
