import type { Quiz } from '../.vitepress/theme/quiz/quiz.js'

export const quiz: Quiz = {
  questions: [
    {
      id: 'where-is-it',
      text: '一个程序被移进了某个 cgroup，然后它 fork。子进程在哪里？',
      answers: [
        {
          text: '在同一个 cgroup 里。',
          right: true,
          because: '子进程生在父进程所在的地方，所以程序没法靠 fork 溜走。',
        },
        {
          text: '在树的顶端，直到有人移动它。',
          right: false,
          because: '那样的话，一次 fork 就能甩掉所有限额。',
        },
        {
          text: '在它下面一个新的 cgroup 里。',
          right: false,
          because: 'cgroup 由 mkdir 造出，从不由 fork 造出。',
        },
      ],
    },
    {
      id: 'no-internal',
      text: 'v2 里，一个 cgroup 里有个 shell。echo +memory > cgroup.subtree_control 说 EBUSY。怎么办？',
      answers: [
        {
          text: '以 root 的身份来做。',
          right: false,
          because: '刚才就是 root。这条规则对谁都一样。',
        },
        {
          text: '先设 memory.max。',
          right: false,
          because: '那限制的是这个 cgroup 自己，与子 cgroup 无关。',
        },
        {
          text: '先把 shell 移进一个子 cgroup：把控制器给了子 cgroup 的，自己不能有进程。',
          right: true,
          because: '内部不放进程：否则 cgroup 自己的进程就要和子 cgroup 竞争了。',
        },
      ],
    },
    {
      id: 'two-levels',
      text: '在 v2 的顶端，把 +memory 写进 cgroup.subtree_control。/sys/fs/cgroup/a/b 里有 memory.max 吗？',
      answers: [
        {
          text: '有，控制器是继承的。',
          right: false,
          because: '限额一路往下有效；打开控制器却只到下一层。',
        },
        {
          text: '没有：a 里有。要让 b 有，a 也得打开一次。',
          right: true,
          because: '每个 cgroup 只为自己的子 cgroup 决定，从上往下。',
        },
        {
          text: '有进程进去之后才有。',
          right: false,
          because: '只要上面打开了控制器，目录一造好，文件就在。',
        },
      ],
    },
    {
      id: 'quota-or-weight',
      text: '整台机器只有一个容器在忙。哪种限额仍会让它变慢？',
      answers: [
        {
          text: '--cpu-shares 2',
          right: false,
          because: '权重是竞争时的份额。独自一个，就全归它。',
        },
        {
          text: '--cpus 0.25',
          right: true,
          because: '配额是上限：每 100 毫秒里用掉 25 毫秒之后就等，哪怕处理器闲着。',
        },
        {
          text: '两种都会',
          right: false,
          because: '份额只在有别人时才起作用。',
        },
      ],
    },
    {
      id: 'shares-1024',
      text: '为什么 runc 现在把 1024 份换算成权重 100，而不再像以前那样换成 39？',
      answers: [
        {
          text: '因为 v2 没有 39 这个权重。',
          right: false,
          because: '1 到 10000 的整数都行。',
        },
        {
          text: '为了让数字好看。',
          right: false,
          because: '262144 份仍换成 10000，和以前一样。',
        },
        {
          text: '因为什么都不说的人，v1 里有 1024，v2 里有 100：要求通常的份额，就不该改变什么。',
          right: true,
          because: '换成 39，要求通常份额的容器，得到的还不到邻居的一半。',
        },
      ],
    },
    {
      id: 'exit-137',
      text: '一个容器以 137 结束。能确定的是什么？',
      answers: [
        {
          text: '它的内存不够。',
          right: false,
          because: '常常如此，但也可能是谁敲了 kill -9。它的 cgroup 里的 oom_kill 计数才知道。',
        },
        {
          text: '它被 9 号信号 SIGKILL 结束。',
          right: true,
          because: '128 + 9。是不是内存的缘故，写在 memory.events 里，v1 则在 memory.oom_control 里。',
        },
        {
          text: '程序返回了 137。',
          right: false,
          because: '可以这样做，但没有人这样做。',
        },
      ],
    },
    {
      id: 'the-gate',
      text: '一个工具先启动程序，再把它的 pid 写进 cgroup.procs。会出什么问题？',
      answers: [
        {
          text: '写入之前它 fork 的、申请的都在外面，而且留在外面。',
          right: true,
          because: '所以要有那道门：先进去，再给程序。在 v2 上，进程甚至可以直接生在里面。',
        },
        {
          text: '程序已在运行，所以写入失败。',
          right: false,
          because: '会成功。正因如此才没人发现。',
        },
        {
          text: '没问题：它用掉的会跟着一起移过去。',
          right: false,
          because: '内存仍记在申请时所在的 cgroup 账上。',
        },
      ],
    },
    {
      id: 'where-to-shape',
      text: '要让一个容器每秒最多收 10 mbit。队列放在哪里？',
      answers: [
        {
          text: '在它的 cgroup 里：net.max。',
          right: false,
          because: '没有这样的文件。没有哪个控制器限制带宽。',
        },
        {
          text: '在它的 eth0 上，包从那里进来。',
          right: false,
          because: '已经进来的，没法再让它等。而且里面的 root 可以把队列拆掉。',
        },
        {
          text: '在网线的宿主机那一头，包从那里离开。',
          right: true,
          because: '只有在离开之前才能让包等。每个方向都在出发的地方整形。',
        },
      ],
    },
  ],
}
