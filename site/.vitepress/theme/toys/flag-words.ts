/** What each flag of the recorded plans means, in a line. */

// cspell:ignoreRegExp [A-Z]+_[A-Z_]+|SIOCSIFFLAGS

import type { Both } from '../words.js'

export const flagWords: Readonly<Record<string, Both>> = {
  CLONE_NEWUSER: { en: 'user namespace: ids and capabilities of its own', zh: '用户命名空间：自己的 id 与 capability' },
  CLONE_NEWNS: {
    en: 'mount namespace: a mount table of its own, a copy at first',
    zh: '挂载命名空间：自己的挂载表，起初是一份副本',
  },
  CLONE_NEWPID: {
    en: 'pid namespace, for children: the next one is number 1',
    zh: 'pid 命名空间，对子进程生效：下一个就是 1 号',
  },
  CLONE_NEWNET: {
    en: 'network namespace: interfaces, routes, ports; only lo, and down',
    zh: '网络命名空间：网卡、路由、端口；只有 lo，而且未启用',
  },
  CLONE_NEWUTS: { en: 'uts namespace: a host name of its own', zh: 'uts 命名空间：自己的主机名' },
  CLONE_NEWIPC: { en: 'ipc namespace: System V IPC and message queues', zh: 'ipc 命名空间：System V IPC 与消息队列' },
  CLONE_NEWCGROUP: {
    en: 'cgroup namespace: its cgroup looks like the root',
    zh: 'cgroup 命名空间：自己的 cgroup 看起来就是根',
  },
  CLONE_NEWTIME: {
    en: 'time namespace, for children: clocks with an offset',
    zh: '时间命名空间，对子进程生效：可偏移的时钟',
  },
  CLONE_INTO_CGROUP: {
    en: 'the child is born in the cgroup that the fd stands for, not in that of its parent',
    zh: '子进程生在这个 fd 所指的 cgroup 里，而不是父进程的 cgroup 里',
  },
  CLONE_PARENT: {
    en: 'the new process is a sibling: its parent is ours',
    zh: '新进程是兄弟：它的父进程就是我们的父进程',
  },
  SIGCHLD: { en: 'what its parent is sent when it ends', zh: '它结束时父进程收到的信号' },
  PR_SET_PDEATHSIG: { en: 'a signal for us when our parent dies', zh: '父进程死亡时发给我们的信号' },
  SIGKILL: { en: 'the signal that cannot be ignored', zh: '无法忽略的信号' },
  MS_REC: { en: 'this mount and all below it', zh: '这个挂载以及它下面的全部挂载' },
  MS_PRIVATE: { en: 'mounts made here are not passed on, and none come in', zh: '这里的挂载不外传，外面的也不进来' },
  MS_BIND: { en: 'a second sight of a directory or file', zh: '让目录或文件在另一处也能看到' },
  MS_NOSUID: { en: 'set-uid bits do nothing here', zh: '这里的 set-uid 位不起作用' },
  MS_NODEV: { en: 'device nodes do not open here', zh: '这里的设备节点打不开' },
  MS_NOEXEC: { en: 'no program is executed from here', zh: '不能从这里执行程序' },
  MS_RDONLY: { en: 'nothing can be written', zh: '不可写' },
  MS_STRICTATIME: { en: 'access times are always kept', zh: '总是更新访问时间' },
  MNT_DETACH: { en: 'take it off now, end it when nobody uses it any more', zh: '立即摘下，等没人用了再真正结束' },
  MOUNT_ATTR_IDMAP: {
    en: 'file owners seen through the map of a user namespace',
    zh: '透过用户命名空间的映射来看文件属主',
  },
  MOUNT_ATTR_RDONLY: { en: 'nothing can be written through this mount', zh: '不能透过这个挂载写入' },
  MOUNT_ATTR_NOSUID: { en: 'set-uid bits do nothing here', zh: '这里的 set-uid 位不起作用' },
  MOUNT_ATTR_NODEV: { en: 'device nodes do not open here', zh: '这里的设备节点打不开' },
  MOUNT_ATTR_NOEXEC: { en: 'no program is executed from here', zh: '不能从这里执行程序' },
  OPEN_TREE_CLONE: { en: 'a copy of the mount that hangs nowhere yet', zh: '挂载的一份副本，暂时还没挂到任何地方' },
  MOVE_MOUNT_F_EMPTY_PATH: { en: 'what is moved is the fd itself', zh: '被移动的就是这个 fd 本身' },
  AT_RECURSIVE: { en: 'all mounts below it, too', zh: '连同下面的全部挂载' },
  O_PATH: { en: 'a handle on the place, not for reading or writing', zh: '只作位置的句柄，不能读写' },
  O_DIRECTORY: { en: 'fails if it is no directory', zh: '不是目录就失败' },
  S_IFCHR: { en: 'a character device', zh: '字符设备' },
  S_IFREG: { en: 'a regular file', zh: '普通文件' },
  SIOCSIFFLAGS: { en: 'set the flags of an interface', zh: '设置网卡的标志' },
  IFF_UP: { en: 'the interface is up', zh: '网卡启用' },
  CLOSE_RANGE_CLOEXEC: { en: 'do not close now: at execve', zh: '不是现在关，而是到 execve 时关' },
}
