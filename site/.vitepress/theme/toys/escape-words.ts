/** What the escape room says, in both languages: beside words.ts, which every page loads. */

// cspell:words keyrings

import type { Language } from '../words.js'
import type { AttackName, WallName } from './escape-data.js'

interface AttackWords {
  readonly title: string
  /** What is tried, and what for. */
  readonly about: string
  /** What the host finds when it has worked. */
  readonly found: string
}
interface WallWords {
  readonly title: string
  /** How it stops what it stops. */
  readonly about: string
}
interface EscapeWords {
  readonly label: string
  readonly about: string
  readonly choose: string
  readonly walls: string
  readonly takeAway: string
  readonly inThere: string
  readonly nothingPrinted: string
  readonly stopped: string
  readonly out: string
  readonly byOne: (wall: string, how: string) => string
  readonly byMany: (count: number) => string
  readonly chapter: (id: string) => string
  readonly step: string
  readonly attacks: Readonly<Record<AttackName, AttackWords>>
  readonly wall: Readonly<Record<WallName, WallWords>>
  readonly table: string
  readonly without: (walls: string) => string
  readonly withAll: string
  readonly noScript: string
  readonly recorded: (tries: number) => string
}

const en: EscapeWords = {
  label: 'Attacks, and the walls that stop them',
  about:
    'Root in the container wants out. Choose an attack, then take away a wall that stops it, and see what comes of it.',
  choose: 'The attack',
  walls: 'Walls in its way',
  takeAway: 'Clear one to leave it out.',
  inThere: 'In the container',
  nothingPrinted: '(nothing was printed)',
  stopped: 'Stopped',
  out: 'It is out',
  byOne: (wall, how) => `One wall is left, ${wall}, and it is enough. ${how}`,
  byMany: count => `${count} walls stand in its way, and each alone is enough.`,
  chapter: id => `chapter ${id.slice(2)}`,
  step: 'The step that makes it',
  attacks: {
    chroot: {
      title: 'Climb out of chroot',
      about: 'Move the root below the working directory, then go up: chapter 1’s own escape, by a program inside.',
      found: 'A file of the host was read.',
    },
    kill: {
      title: 'Kill a process of the host',
      about: 'The number of a process outside is known. Is it a number in here, too?',
      found: 'The process is dead.',
    },
    'fork-bomb': {
      title: 'A fork bomb',
      about: 'Forty processes instead of the sixteen that are allowed; a real one would not stop at forty.',
      found: 'All forty ran, in the same table as the host’s own.',
    },
    disk: {
      title: 'Read the disk itself',
      about: 'A device is a number. Root may make a node for the host’s disk, and then read it past all file systems.',
      found: 'The first line on the disk was read.',
    },
    'release-agent': {
      title: 'release_agent',
      about:
        'cgroup v1 calls a program when the last process leaves a cgroup. The kernel calls it, as root of the host and outside of everything. So: mount a hierarchy, name a program, leave.',
      found: 'The kernel has run the program on the host, with uid 0.',
    },
    'core-pattern': {
      title: 'Write to /proc/sys',
      about:
        'core_pattern names a program that the kernel runs for a process that crashes: on the host, as root. Here only what stands there already is written to it.',
      found: 'core_pattern was written to. It could have said anything.',
    },
    'user-namespace': {
      title: 'A user namespace for more rights',
      about:
        'In a user namespace of one’s own one has every capability, over that namespace alone. But a good deal of the kernel’s code asks for no more than that, and some of it had bugs: this is the first half of many escapes.',
      found: 'It has all capabilities, and the kernel’s rare code within reach.',
    },
    setuid: {
      title: 'A set-user-ID program',
      about: 'An ordinary user in the container finds a program in the image that belongs to root and has the s bit.',
      found: 'The program ran as uid 0.',
    },
    'mount-target': {
      title: 'A mount point that is a link',
      about:
        'The image has a symlink /data that names a directory of the host. config.json wants a tmpfs at /data/new.',
      found: 'The runtime has made the directory on the host.',
    },
    'null-device': {
      title: 'A false /dev/null',
      about:
        'What is masked is covered by the container’s /dev/null. The image brings one that is a symlink, to the very file that is to be covered. (This container has no /dev of its own.)',
      found: 'The file is covered by itself: the names of keyrings can be read.',
    },
    'leaked-fd': {
      title: 'A working directory of the host',
      about:
        'While a container is made, its process has a directory of the host open as fd 5. The image says: start in /proc/self/fd/5.',
      found: 'From there “..” led to the root of the host, and a file of it was read.',
    },
    overwrite: {
      title: 'Overwrite the runtime',
      about:
        'Who calls exec sends a process of the host into the container. It shows what it runs: /proc/PID/exe. Open that, wait, and write: the next call of the runtime is the attacker’s. (With all of root’s rights, as docker run --privileged gives them.)',
      found: 'The program on the host has been written over.',
    },
  },
  wall: {
    'pivot-root': {
      title: 'pivot_root',
      about: 'The old root is not hidden, it is gone: above the new one there is nothing to climb to.',
    },
    'targets-by-fd': {
      title: 'targets by fd',
      about:
        'A path of the image is looked up by the kernel with the rootfs as its root, and from there on only the fd is used.',
    },
    'pid-namespace': {
      title: 'pid namespace',
      about: 'The number means nobody in here: processes of the host have no names that one could say.',
    },
    'cgroup-namespace': {
      title: 'cgroup namespace',
      about:
        'In another cgroup namespace than the first, nobody makes a hierarchy, and release_agent of the others is out of sight.',
    },
    'pids-limit': { title: 'pids.max', about: 'The kernel refuses the fork that would be one too many.' },
    'device-rules': {
      title: 'device rules',
      about: 'A node may be made, and opening it is refused: the cgroup is asked for each device.',
    },
    capabilities: {
      title: 'capabilities',
      about: 'mount takes CAP_SYS_ADMIN, and the container’s root is without it.',
    },
    'no-new-privs': {
      title: 'no_new_privs',
      about: 'execve adds nothing any more, whatever bits the file has.',
    },
    seccomp: { title: 'seccomp filter', about: 'The call is refused before the kernel’s own code sees it.' },
    'readonly-paths': {
      title: 'read-only paths',
      about: '/proc/sys is bound on itself, read-only: settings can be looked at.',
    },
    'null-device': {
      title: 'a look at /dev/null',
      about: 'It is opened below the root, without following a link, and taken only if it is device 1:3.',
    },
    'check-cwd': {
      title: 'a look at where we stand',
      about:
        'Behind the change of directory the kernel is asked where that is. If it is not below our root, nothing is started.',
    },
    'sealed-copy': {
      title: 'a sealed copy',
      about:
        'What enters the container is a copy in memory, sealed against writing. The file of the host is not in sight.',
    },
  },
  table: 'All attacks, with and without their walls',
  without: walls => `without ${walls}`,
  withAll: 'with all walls',
  noScript: 'With JavaScript you can take walls away. The list above has every result.',
  recorded: tries =>
    `Recorded from ${tries} real containers of mini-runc, with what Docker gives: its 14 capabilities, its filter; and no_new_privs. A test tries all of them again. Paths, numbers and names of keys have other names here; where a host would be harmed, the attack stops at the proof.`,
}

const zh: EscapeWords = {
  label: '各种攻击，以及拦住它们的墙',
  about: '容器里的 root 想出去。选一种攻击，再拆掉一堵拦住它的墙，看看结果。',
  choose: '攻击',
  walls: '挡着它的墙',
  takeAway: '取消勾选，就是拆掉它。',
  inThere: '在容器里',
  nothingPrinted: '（什么也没打印）',
  stopped: '拦住了',
  out: '出去了',
  byOne: (wall, how) => `还剩一堵墙，${wall}，就够了。${how}`,
  byMany: count => `有 ${count} 堵墙挡着它，每一堵单独就够。`,
  chapter: id => `第 ${id.slice(2)} 章`,
  step: '造这堵墙的步骤',
  attacks: {
    chroot: {
      title: '爬出 chroot',
      about: '把根移到工作目录之下，再一路往上：第 1 章自己的逃逸，由里面的一个程序来做。',
      found: '读到了宿主机的一个文件。',
    },
    kill: {
      title: '杀掉宿主机的进程',
      about: '外面一个进程的号码是知道的。在这里面，这个号码也有效吗？',
      found: '那个进程死了。',
    },
    'fork-bomb': {
      title: 'fork 炸弹',
      about: '允许十六个进程，它要四十个；真的炸弹不会停在四十。',
      found: '四十个都运行起来了，与宿主机自己的挤在同一张表里。',
    },
    disk: {
      title: '直接读磁盘',
      about: '设备就是一个号码。root 可以为宿主机的磁盘造一个节点，然后绕过所有文件系统去读。',
      found: '读到了磁盘上的第一行。',
    },
    'release-agent': {
      title: 'release_agent',
      about:
        '最后一个进程离开一个 cgroup 时，cgroup v1 会调用一个程序。调用它的是内核，身份是宿主机的 root，在一切容器之外。所以：挂载一个层级，写上一个程序，离开。',
      found: '内核在宿主机上运行了那个程序，uid 是 0。',
    },
    'core-pattern': {
      title: '写 /proc/sys',
      about: 'core_pattern 写明进程崩溃时内核去运行的程序：在宿主机上，身份是 root。这里只把原有的内容再写一遍。',
      found: 'core_pattern 被写了。写什么都可以。',
    },
    'user-namespace': {
      title: '用户命名空间，换来更多权利',
      about:
        '在自己的用户命名空间里，什么权能都有，只是仅对那个命名空间有效。可是内核里不少代码要的也就是这些，其中有的出过漏洞：许多逃逸的前一半就是这样。',
      found: '它有了全部权能，内核里少有人用的代码也够得着了。',
    },
    setuid: {
      title: 'set-user-ID 程序',
      about: '容器里的一个普通用户，在镜像里找到一个属于 root、带 s 位的程序。',
      found: '那个程序以 uid 0 运行了。',
    },
    'mount-target': {
      title: '挂载点是个链接',
      about: '镜像里有个符号链接 /data，指向宿主机的一个目录。config.json 要在 /data/new 挂载一个 tmpfs。',
      found: '运行时在宿主机上造出了这个目录。',
    },
    'null-device': {
      title: '假的 /dev/null',
      about:
        '要遮蔽的文件，用容器的 /dev/null 盖上。镜像带来的却是一个符号链接，指向的正是要盖住的那个文件。（这个容器没有自己的 /dev。）',
      found: '文件被它自己盖住：密钥环的名字读得到了。',
    },
    'leaked-fd': {
      title: '宿主机的目录当工作目录',
      about: '容器还在造的时候，它的进程开着宿主机的一个目录，是 fd 5。镜像说：从 /proc/self/fd/5 开始。',
      found: '从那里一路 “..” 走到了宿主机的根，读到了它的一个文件。',
    },
    overwrite: {
      title: '覆盖运行时',
      about:
        '谁调用 exec，谁就把宿主机的一个进程送进容器。它运行的是什么，/proc/PID/exe 看得到。打开它，等着，写进去：下一次调用运行时，运行的就是攻击者的程序。（有 root 的全部权利，同 docker run --privileged。）',
      found: '宿主机上的那个程序被改写了。',
    },
  },
  wall: {
    'pivot-root': { title: 'pivot_root', about: '旧的根不是藏起来，而是没有了：新的根上面没有可爬的地方。' },
    'targets-by-fd': {
      title: '按 fd 找目标',
      about: '镜像里的路径，由内核以 rootfs 为根去解析，此后只用得到的 fd。',
    },
    'pid-namespace': { title: 'pid 命名空间', about: '这个号码在里面谁也不是：宿主机的进程，在这里没有叫得出的名字。' },
    'cgroup-namespace': {
      title: 'cgroup 命名空间',
      about: '除了最初的那个，在别的 cgroup 命名空间里谁也造不出层级，别的层级的 release_agent 也看不见。',
    },
    'pids-limit': { title: 'pids.max', about: '多出来的那次 fork，内核拒绝。' },
    'device-rules': { title: '设备规则', about: '节点造得出来，打开却被拒绝：每个设备都要先问 cgroup。' },
    capabilities: { title: '权能', about: 'mount 需要 CAP_SYS_ADMIN，容器的 root 没有它。' },
    'no-new-privs': { title: 'no_new_privs', about: '不管文件带什么位，execve 再也不会添上什么。' },
    seccomp: { title: 'seccomp 过滤器', about: '内核自己的代码还没看到，调用就已被拒绝。' },
    'readonly-paths': { title: '只读路径', about: '/proc/sys 以只读方式绑定在自己身上：设置只能看。' },
    'null-device': { title: '验看 /dev/null', about: '在根目录之下打开它，不跟随链接；只有是设备 1:3 才用。' },
    'check-cwd': {
      title: '验看站在哪里',
      about: '换了目录之后，问内核这是哪里。不在自己的根之下，就什么也不启动。',
    },
    'sealed-copy': {
      title: '封印的副本',
      about: '进入容器的，是内存里一份封印了、写不进去的副本。宿主机的文件不在视野里。',
    },
  },
  table: '全部攻击，有墙时和没有墙时',
  without: walls => `没有${walls}`,
  withAll: '墙全在',
  noScript: '启用 JavaScript 后可以拆墙。上面的列表里有全部结果。',
  recorded: tries =>
    `录自 mini-runc 的 ${tries} 个真实容器，给的与 Docker 一样：它的 14 项权能和它的过滤器；外加 no_new_privs。一个测试会全部重试一遍。路径、号码和密钥的名字在这里用了别的；会伤到宿主机的，攻击只做到能证明为止。`,
}

export const escapeWords: Readonly<Record<Language, EscapeWords>> = { en, zh }
