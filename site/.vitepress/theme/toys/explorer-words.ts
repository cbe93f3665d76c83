/** The eight namespaces: what each is, and what breaks without it. */

// cspell:ignoreRegExp [A-Z]+_[A-Z_]+|SIOCSIFFLAGS

import type { Both } from '../words.js'
import type { Toggle } from './namespace-data.js'

interface About {
  readonly flag: string
  readonly title: Both
  readonly breaks: Both
}

export const aboutToggle: Readonly<Record<Toggle, About>> = {
  mount: {
    flag: 'CLONE_NEWNS',
    title: { en: 'mounts', zh: '挂载' },
    breaks: {
      en: 'Without it nothing can be mounted that the host would not get, too: no /proc, no /dev, only a chroot. ps is blind.',
      zh: '没有它，挂什么宿主机都会看到：没有 /proc，没有 /dev，只剩 chroot。ps 什么也看不见。',
    },
  },
  pid: {
    flag: 'CLONE_NEWPID',
    title: { en: 'processes', zh: '进程' },
    breaks: {
      en: "Without it ps shows the host's processes, and root in here can kill them.",
      zh: '没有它，ps 会列出宿主机的进程，而这里的 root 可以杀死它们。',
    },
  },
  uts: {
    flag: 'CLONE_NEWUTS',
    title: { en: 'host name', zh: '主机名' },
    breaks: {
      en: "Without it hostname is the host's, and setting one renames the host.",
      zh: '没有它，hostname 就是宿主机的，改名等于给宿主机改名。',
    },
  },
  ipc: {
    flag: 'CLONE_NEWIPC',
    title: { en: 'message queues', zh: '消息队列' },
    breaks: {
      en: "Without it the host's message queues and shared memory can be found and read by their numbers.",
      zh: '没有它，凭编号就能找到并读取宿主机的消息队列与共享内存。',
    },
  },
  network: {
    flag: 'CLONE_NEWNET',
    title: { en: 'network', zh: '网络' },
    breaks: {
      en: "Without it the container has the host's interfaces and ports: two web servers want port 80, and one loses.",
      zh: '没有它，容器用的就是宿主机的网卡和端口：两个 web 服务器都要 80 端口，必有一个失败。',
    },
  },
  user: {
    flag: 'CLONE_NEWUSER',
    title: { en: 'users', zh: '用户' },
    breaks: {
      en: 'Without it root in here is root out there: whoever gets out, gets out as root.',
      zh: '没有它，里面的 root 就是外面的 root：谁逃出去，谁就是 root。',
    },
  },
  cgroup: {
    flag: 'CLONE_NEWCGROUP',
    title: { en: 'cgroup paths', zh: 'cgroup 路径' },
    breaks: {
      en: 'Without it /proc/self/cgroup tells where on the host the container hangs. Only the link below shows it here.',
      zh: '没有它，/proc/self/cgroup 会泄露容器在宿主机上的位置。这里只有下面的链接能看出差别。',
    },
  },
  time: {
    flag: 'CLONE_NEWTIME',
    title: { en: 'clocks', zh: '时钟' },
    breaks: {
      en: "Without it uptime is the host's: a container that moves to another machine would see its clock jump.",
      zh: '没有它，uptime 就是宿主机的：容器迁移到另一台机器时，时钟会跳变。',
    },
  },
}
