/** What the overlay explorer starts with: the stack of the story, and what can be done to it in one go. */

import type { Operation } from '#chapters/ch4-images/union/model'
import {
  emptyTree,
  type FileNode,
  type Tree,
  type TreeNode,
  type Union,
  whiteout,
} from '#chapters/ch4-images/union/tree'
import type { Both } from '../words.js'

export interface Stack {
  readonly union: Union
  /** Of the lower layers, topmost first. */
  readonly names: readonly Both[]
}

const file = (content: string, beyond = 0, mode = 0o644): FileNode => ({
  kind: 'file',
  content,
  mode,
  ...(beyond > 0 ? { beyond } : {}),
})
const tree = (entries: Readonly<Record<string, TreeNode>>): Tree => ({
  ...emptyTree,
  entries: new Map(Object.entries(entries)),
})

const os = tree({
  bin: tree({ busybox: file('\u007fELF', 1_100_000, 0o755), sh: { kind: 'symlink', target: 'busybox' } }),
  etc: tree({ motd: file('welcome\n'), passwd: file('root:x:0:0\n') }),
})
const runtime = tree({ usr: tree({ bin: tree({ node: file('\u007fELF', 97_000_000, 0o755) }) }) })
const server = tree({
  etc: tree({ 'server.conf': file('port=80\n') }),
  srv: tree({ public: tree({ 'index.html': file('It works!\n') }), 'server.js': file('listen(port)\n', 41_000) }),
})
const app = tree({
  etc: tree({ motd: whiteout, 'server.conf': file('port=8080\n') }),
  srv: tree({ 'app.js': file('serve(shop)\n', 12_000), public: tree({ 'index.html': file('<h1>Shop</h1>\n') }) }),
})

export const firstStack: Stack = {
  union: { upper: emptyTree, lowers: [app, server, runtime, os] },
  names: [
    { en: 'app', zh: '应用' },
    { en: 'web server', zh: 'Web 服务器' },
    { en: 'language runtime', zh: '语言运行时' },
    { en: 'OS', zh: '操作系统' },
  ],
}

/** `rm -r` is no operation of a kernel, and a commit is none of a file system. */
export type Command = Operation | { readonly op: 'commit' } | { readonly op: 'remove-all'; readonly path: string }

export interface Preset {
  readonly title: Both
  readonly commands: readonly Command[]
  /** What there is to see afterwards. */
  readonly moral: Both
}

export const presets: readonly Preset[] = [
  {
    title: { en: 'Delete a secret in a later layer', zh: '在后一层删掉机密' },
    commands: [
      { op: 'write', path: '/srv/.npmrc', content: 'token=hunter2\n' },
      { op: 'commit' },
      { op: 'remove', path: '/srv/.npmrc' },
      { op: 'commit' },
    ],
    moral: {
      en: 'In merged there is no .npmrc any more. Look two layers down: token=hunter2, every byte of it. Whoever gets the image gets the secret.',
      zh: 'merged 里再也没有 .npmrc。往下看两层：token=hunter2，一个字节不少。谁拿到镜像，谁就拿到机密。',
    },
  },
  {
    title: { en: 'Change one bit of a large file', zh: '只改大文件的一个比特' },
    commands: [{ op: 'chmod', path: '/usr/bin/node', mode: 0o700 }, { op: 'commit' }],
    moral: {
      en: 'A new mode, and all 97 MB lie there a second time: a layer holds files, not what changed in them.',
      zh: '只换了权限，97 MB 就全部又存了一份：层里装的是文件，不是文件里变了什么。',
    },
  },
  {
    title: { en: 'Replace a directory', zh: '换掉一个目录' },
    commands: [
      { op: 'remove-all', path: '/srv/public' },
      { op: 'mkdir', path: '/srv/public' },
      { op: 'write', path: '/srv/public/new.html', content: '<h1>New</h1>\n' },
    ],
    moral: {
      en: 'One whiteout covered the old directory, and the new one stands in its place. Without the mark opaque, both index.html below would be back.',
      zh: '一个 whiteout 盖住了旧目录，新目录又取代了它。要是没有 opaque 标记，下面那两个 index.html 就都回来了。',
    },
  },
  {
    title: { en: 'Rename a directory', zh: '给目录改名' },
    commands: [
      { op: 'rename', from: '/etc/server.conf', to: '/etc/shop.conf' },
      { op: 'rename', from: '/srv', to: '/www' },
    ],
    moral: {
      en: 'A file is copied up, and its old name covered. A directory from below would have to be copied with all that it holds: the kernel refuses, as it does between two disks, and mv copies by itself.',
      zh: '文件会被复制上来，旧名字被盖住。来自下层的目录则要连同里面的一切一起复制：内核拒绝，就像跨磁盘改名一样；接下来由 mv 自己去复制。',
    },
  },
]
