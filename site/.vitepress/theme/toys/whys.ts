/** The reasons that plans give, for readers of Chinese; a test asks for one for each. And why a step may change nothing. */

// cspell:words idmap

import { phases } from '../../../zh/tables/phases.js'
import type { Both, Language } from '../words.js'
import { patternsOfCh3, whysOfCh3 } from './whys-ch3.js'
import { whysOfCh4 } from './whys-ch4.js'
import { patternsOfCh7, whysOfCh7 } from './whys-ch7.js'

const zh: Readonly<Record<string, string>> = {
  'from here on every path starts in the rootfs': '从此每条路径都从 rootfs 开始',
  'the working directory is still outside, and ".." leads on from there':
    '工作目录还在外面，从那里 ".." 可以继续往上走',
  "in the container's PATH, as its user: 127 if it is not there, 126 if it is not executable":
    '在容器的 PATH 里、以它的用户身份查找：找不到是 127，不可执行是 126',
  'an open directory of the host is a way out of any jail; marked close-on-exec, they still report a failing execve':
    '宿主机的一个打开着的目录，就是逃出任何牢的路；标记为 close-on-exec，execve 失败时仍能报告',
  'the program takes over this process': '程序接管这个进程',
  'the address 172.30.0.2 is ours until we leave; the last to leave removes the bridge':
    '地址 172.30.0.2 归我们，直到离开；最后离开的拆掉网桥',
  'names that need no resolver, its own among them': '不需要解析服务器的名字，包括它自己的',
  'its own name, for programs that look it up in the file': '它自己的名字，给会去这个文件里查的程序',
  'resolvers that can be reached from inside': '从里面够得着的解析服务器',
  'clocks of its own, for children to come': '自己的时钟，给将来的子进程',
  'all at once: each is owned by the user namespace that we are in by now':
    '一次完成：每一个都归我们此时所在的用户命名空间所有',
  'the first child after unshare is number 1 of the new pid namespace; a child of the monitor, which outlives the stage':
    'unshare 之后的第一个子进程就是新 pid 命名空间的 1 号；它是 monitor 的子进程，monitor 比 stage 活得久',
  'should the monitor be killed, nothing stays behind': '万一 monitor 被杀，什么都不会留下',
  'a session of its own: it cannot type into our terminal': '自己的会话：它无法往我们的终端里输入',
  'a cable with one end in the bridge, the other in the new network namespace':
    '一根网线：一头在网桥上，另一头在新的网络命名空间里',
  'address first, then up, then the route: the gateway is within reach only once the link is up':
    '先地址，再启用，最后路由：链路启用之后才够得着网关',
  'before any mount: what we change from here on, the host does not see': '在任何挂载之前：从此我们改的，宿主机看不到',
  'the modes below are meant as they are written': '下面的权限位写的是什么就是什么',
  'pivot_root takes only a mount: the rootfs becomes one': 'pivot_root 只接受挂载点：让 rootfs 成为挂载点',
  'every target is resolved below this fd, so that no symlink of the rootfs leads out':
    '所有目标都在这个 fd 之下解析，rootfs 里的符号链接就带不出去',
  'a place to mount on': '挂载的落脚处',
  'mounted from inside the pid namespace, it shows only that': '从 pid 命名空间里面挂载，就只显示它自己',
  'an empty /dev: no disk of the host in it': '空的 /dev：里面没有宿主机的磁盘',
  'terminals of its own, numbered from 0': '自己的终端，从 0 开始编号',
  'shared memory of its own': '自己的共享内存',
  'the queues of the new ipc namespace': '新 ipc 命名空间的消息队列',
  'mounted from inside the network namespace, it shows only its devices': '从网络命名空间里面挂载，就只显示它的设备',
  'a driver of the kernel, harmless to share': '内核里的驱动，共享无害',
  'programs expect it': '程序都指望它在',
  'inside the new uts namespace: the host keeps its own': '在新的 uts 命名空间里：宿主机保留自己的名字',
  '127.0.0.1 answers only when it is up': '启用之后 127.0.0.1 才有回应',
  'stand in the new root': '站到新的根里',
  'it becomes "/"; the old root lies on top of it': '它成为 "/"；旧的根叠在它上面',
  'take the old root off: the host is gone': '把旧的根取下：宿主机消失了',
  'to be sure: pivot_root moves only those who stood in the old root': '以防万一：pivot_root 只移动站在旧的根上的进程',
  'first and alone: it will own the other namespaces, and the host must map its ids before we go on':
    '最先，而且单独：其余命名空间都归它所有，宿主机要先映射好 id 才能继续',
  'written once, by the parent namespace, in one write': '由父命名空间一次写成，只写一次',
  'owners seen through the map: only root of the host may': '透过映射看属主：只有宿主机的 root 可以这样做',
  'the groups of outside mean nothing in here': '外面的组在这里没有意义',
  "root of the namespace, so that what it mounts is root's": '成为这个命名空间的 root，挂载的东西就归 root',
  'only now that the map is written does uid 0 exist in here': '映射写好之后，这里才有 uid 0',
  'pivot_root takes only a mount: the mapped copy is one': 'pivot_root 只接受挂载点：映射过的副本就是',
  'a place to bind on': '绑定的落脚处',
  "in a user namespace mknod of a device is refused: take the host's": '用户命名空间里不允许 mknod 设备：就用宿主机的',
  // of ops that no recorded plan has, for the reference
  'the host becomes the router between bridge and outside': '宿主机成为网桥与外面之间的路由器',
  'set-uid root: it maps what /etc/subuid grants': '它是 set-uid root 程序：/etc/subuid 许可的，它都能映射',
  'containers leave under the address of the host': '容器以宿主机的地址出去',
  'it enters the new user and network namespace, and carries their packets out through its own sockets':
    '它进入新的用户和网络命名空间，用自己的套接字把里面的数据包带出去',
  'derived: the next step is the host’s': '推导得出：下一步归 host',
  'for tests: a step that fails': '供测试用：一个会失败的步骤',
  'all at once, the user namespace first': '一次完成，用户命名空间最先',
  'the other name of uname(2)': 'uname(2) 里的另一个名字',
  'clocks can be set only until the first process is inside': '只有在第一个进程进去之前才能拨时钟',
  'a directory to move the root into': '一个目录，好把根移进去',
  'mount(2) ignores these flags when it binds: they take a call of their own':
    'mount(2) 做绑定时不理会这些标志：要由单独的一次调用来设',
  'after devpts is mounted; from here on stdio is the terminal, the other end goes out by the channel':
    '在挂载 devpts 之后；从此标准输入输出就是这个终端，另一端经由 channel 送出去',
  "root's supplementary groups are not for the program": 'root 的附加组不该留给程序',
  'real, effective and saved: none is left to go back to': '实际、有效、保存的三个都换：一个退路也不留',
  'last of the ids: it gives up the right to change the others': '各种 id 里最后换的：换了它，就没有权力再改其他的',
  'number 1 stays ours, to reap orphans and pass signals on; the program is its child':
    '1 号进程仍是我们的，由它回收孤儿、转发信号；程序是它的子进程',
  ...whysOfCh3,
  ...whysOfCh4,
  ...whysOfCh7,
}

const patterns: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [/^a second sight of the host's (.*)$/, (_, device) => `让宿主机的 ${device} 在里面也能看到`],
  ...patternsOfCh3,
  ...patternsOfCh7,
]

export function whyOf(why: string, language: Language): string {
  if (language === 'en') return why
  const pattern = patterns.find(([one]) => one.test(why))
  return pattern === undefined ? (zh[why] ?? why) : why.replace(pattern[0], pattern[1])
}

/** What a phase is for: its Chinese words are those of the reference. */
export const phaseOf = (
  { name, about }: { readonly name: string; readonly about: string },
  language: Language,
): string => (language === 'en' ? about : (phases[name] ?? about))

const unseen: Readonly<Record<string, Both>> = {
  lookup: { en: 'it only looks.', zh: '它只是查找。' },
  mkdir: { en: 'the directory was there already.', zh: '目录本来就在。' },
  mknod: { en: 'the file was there already.', zh: '文件本来就在。' },
  die_with_parent: {
    en: 'the kernel keeps this wish to itself: /proc does not show it.',
    zh: '内核只自己记住：/proc 里看不到。',
  },
  setgroups: { en: 'there were no supplementary groups to drop.', zh: '本来就没有附加组可丢。' },
  idmap_tree: {
    en: 'the copy hangs nowhere yet: the host holds it as an fd.',
    zh: '副本还没挂到任何地方：宿主机只以 fd 持有它。',
  },
  make_cgroup: {
    en: 'a directory of the host: nobody is in it yet.',
    zh: '宿主机上的一个目录：还没有谁在里面。',
  },
  write_cgroup: {
    en: 'a limit, before there is anybody to limit.',
    zh: '先有限额，后有受限的进程。',
  },
  device_filter: {
    en: 'the kernel keeps the program: there is no file to look at.',
    zh: '程序由内核留着：没有文件可看。',
  },
  open_cgroup: {
    en: 'an fd of the stage, for the fork to come.',
    zh: 'stage 手里的一个 fd，留给随后的 fork。',
  },
  hold: {
    en: 'a line in the ledger of the host, which is not looked at.',
    zh: '只是宿主机账本里的一行，这里没有观察。',
  },
  write_file: {
    en: "a file in the container's run directory, which is not looked at.",
    zh: '容器运行目录里的一个文件，这里没有观察。',
  },
  propagation: {
    en: 'nothing to see here: the copies were made that way, and this says so whatever they were.',
    zh: '这里看不出差别：副本本来就是这样，这一步保证无论如何都是这样。',
  },
  chdir: {
    en: 'it already stood there: this makes sure, wherever it stood.',
    zh: '它已经站在那里：这一步只是确保如此。',
  },
}

/** Why nothing that was looked at has changed, where it is not plain. */
export const unseenOf = (op: string, language: Language): string | null => unseen[op]?.[language] ?? null
