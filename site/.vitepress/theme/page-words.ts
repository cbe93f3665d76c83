/** What the frame and the generated pages say, in both languages; the toys have words of their own. */

import { useData } from 'vitepress'
import { type ComputedRef, computed } from 'vue'

const en = {
  minutes: (n: number) => `${n} min`,
  reading: 'to read',
  lines: (n: number) => `${n} lines of code`,
  files: (n: number) => `${n} files`,
  op: 'op',
  lane: 'lane',
  phase: 'phase',
  what: 'what happens in it',
  manPage: 'man page',
  calls: 'calls',
  staying: 'the process that stays',
  looksLike: 'looks like',
  usedBy: 'used by parts',
  field: 'field',
  type: 'type',
  optional: 'optional',
  why: 'because',
  undoneBy: 'undone by',
  nothingToUndo: 'leaves nothing behind',
  name: 'name',
  rule: 'rule',
  className: 'class',
  meaning: 'meaning',
  exitCode: 'exit code',
  usage: 'usage',
  flag: 'flag',
  repeated: 'may be repeated',
  examples: 'examples',
  noFlags: 'no flags',
  term: 'term',
  adds: (chapter: string) => `What ${chapter} adds`,
  newFiles: (chapter: string) => `files of ${chapter}`,
  ofCore: 'of core, used for the first time',
  kept: 'kept',
  replaced: 'replaced',
  added: 'new',
  parts: 'parts of the plan',
  colon: ': ',
  comma: ', ',
  showFiles: 'all files',
  noLabs: 'None yet.',
  phasesPicture: 'The phases of a start, between host and child',
  whatFor: 'what',
  ours: 'ours',
  theirs: 'theirs',
}

const zh: typeof en = {
  minutes: n => `阅读约 ${n} 分钟`,
  reading: '',
  lines: n => `${n} 行代码`,
  files: n => `${n} 个文件`,
  op: '操作',
  lane: '泳道',
  phase: '阶段',
  what: '做什么',
  manPage: '手册页',
  calls: '系统调用',
  staying: '留下的进程',
  looksLike: '例子',
  usedBy: '用到它的部件',
  field: '字段',
  type: '类型',
  optional: '可省略',
  why: '理由',
  undoneBy: '撤销',
  nothingToUndo: '不留痕迹',
  name: '名字',
  rule: '规则',
  className: '类别',
  meaning: '含义',
  exitCode: '退出码',
  usage: '用法',
  flag: '选项',
  repeated: '可重复',
  examples: '例子',
  noFlags: '没有选项',
  term: '术语',
  adds: chapter => `${chapter} 增加了什么`,
  newFiles: chapter => `${chapter} 的文件`,
  ofCore: '首次用到的 core 文件',
  kept: '保留',
  replaced: '替换',
  added: '新增',
  parts: '计划的部件',
  colon: '：',
  comma: '，',
  showFiles: '全部文件',
  noLabs: '还没有。',
  phasesPicture: '一次启动的各个阶段，在 host 与 child 之间',
  whatFor: '做什么',
  ours: '我们的',
  theirs: '他们的',
}

export const words = { en, zh }
export type Language = keyof typeof words

/** The page's language: `zh-Hans` is zh. */
export const useLanguage = (): ComputedRef<Language> => {
  const { lang } = useData()
  return computed(() => (lang.value.startsWith('zh') ? 'zh' : 'en'))
}

export const useWords = (): ComputedRef<typeof en> => {
  const language = useLanguage()
  return computed(() => words[language.value])
}
