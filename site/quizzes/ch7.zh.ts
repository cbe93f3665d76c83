import type { Quiz } from '../.vitepress/theme/quiz/quiz.js'

export const quiz: Quiz = {
  questions: [
    {
      id: 'bounding-first',
      text: '一个容器要以 uid 1000 运行。为什么在换 uid 之前就缩小 bounding 集合？',
      answers: [
        {
          text: '因为换 uid 会清空 bounding 集合。',
          right: false,
          because: '它不动这个集合。被清空的是 effective、permitted 和 ambient。',
        },
        {
          text: '因为缩小它需要 CAP_SETPCAP，而换了之后，effective 里什么也没有了。',
          right: true,
          because: 'PR_SET_KEEPCAPS 只留住 permitted。effective 一直空着，直到 capset 再把它填上。',
        },
        {
          text: '因为 capset 会把它再扩大。',
          right: false,
          because: 'bounding 集合谁也没法扩大。capset 管的是另外三个集合。',
        },
      ],
    },
    {
      id: 'port-80',
      text: 'uid 1000 要监听 80 端口。CAP_NET_BIND_SERVICE 在 effective、permitted 和 bounding 里都有。程序是个普通文件。它有这项权能吗？',
      answers: [
        {
          text: '有：permitted 里的一直都在。',
          right: false,
          because: '只到 execve 为止。不是 root 的，留下的是 ambient 里的和文件自带的；其余都没了。',
        },
        {
          text: '有：bounding 里有它。',
          right: false,
          because: 'bounding 什么也不给。它只说最多能给什么。',
        },
        {
          text: '没有：它还得在 inheritable 和 ambient 里。',
          right: true,
          because: '普通程序保有的是 ambient，而只有既是 permitted 又是 inheritable 的，才能放进去。',
        },
      ],
    },
    {
      id: 'architecture',
      text: 'x86-64 上的一个过滤器禁止 59 号 execve，其余放行。它不看架构。它能拦住程序做什么？',
      answers: [
        {
          text: '拦住它执行任何东西。',
          right: false,
          because: '同一个进程可以用 32 位调用来要 11 号。过滤器把它当成 munmap。',
        },
        {
          text: '拦住它执行 32 位程序：那是另一种架构。',
          right: false,
          because: '算数的是怎样调用，不是执行什么。64 位程序也能做 32 位调用。',
        },
        {
          text: '它想做的一样也拦不住：作为 32 位调用，execve 是 11 号。',
          right: true,
          because: '所以过滤器先看架构，没有写明的架构，就杀掉。',
        },
      ],
    },
    {
      id: 'no-new-privs',
      text: '容器里的 root 带着 no_new_privs 运行。对它有什么不同？',
      answers: [
        {
          text: '没有哪次 execve 能给它更多。已有的它留着。',
          right: true,
          because: '它管的是添上的：靠 set-user-ID 位，靠文件的权能。什么也不会拿走。',
        },
        {
          text: '它不再有任何权能。',
          right: false,
          because: '那要靠 capset 和 bounding 集合。这个标志什么也不拿走。',
        },
        {
          text: '它的子进程不能再调用 setuid。',
          right: false,
          because: '有 CAP_SETUID 就能。系统调用是一回事，文件的 set-user-ID 位是另一回事。',
        },
      ],
    },
    {
      id: 'why-first-no-new-privs',
      text: '没有 CAP_SYS_ADMIN 的要设过滤器，为什么内核要求先有 no_new_privs？',
      answers: [
        {
          text: '因为过滤器让每次调用都花时间。',
          right: false,
          because: '花的是设它的人的时间。内核没有意见。',
        },
        {
          text: '因为过滤器在 execve 之后还在，set-user-ID 程序就会以 root 的身份在它下面运行。',
          right: true,
          because: '让 setuid 看上去成功、其实什么也没做，程序就会带着它以为已经放弃的权利继续运行。',
        },
        {
          text: '因为不然的话，过滤器可以被拿掉。',
          right: false,
          because: '有没有这个标志，都没有人能拿掉它。',
        },
      ],
    },
    {
      id: 'who-waits',
      text: 'create 已经返回，start 还没有调用。谁在等，等什么？',
      answers: [
        {
          text: 'init：它为写而打开一个命名管道，阻塞到 start 为读而打开它。',
          right: true,
          because: '只需要一个文件。造它的那个进程早已走了。',
        },
        {
          text: 'create 的进程，在后台等一个信号。',
          right: false,
          because: '它已经结束。要是必须留下来，它就成了守护进程。',
        },
        {
          text: '没有谁：start 按 create 写下的内容造出进程。',
          right: false,
          because: '在两者之间，state 就说得出 pid。命名空间、挂载、cgroup 都在，init 就在里面。',
        },
      ],
    },
    {
      id: 'symlink-mask',
      text: '镜像在该是 /dev/null 的地方放了一个符号链接。遮蔽 /proc/kcore 时会出什么问题？',
      answers: [
        {
          text: '没问题：挂载不跟随符号链接。',
          right: false,
          because: 'mount(2) 会跟随，来源和目标都会。',
        },
        {
          text: '挂载以 ELOOP 失败，容器启动不了。',
          right: false,
          because: '一个链接不成环。要它不跟随，得明说。',
        },
        {
          text: '链接指向的东西被放到了那里，而且可以写。',
          right: true,
          because: '这就是 CVE-2025-31133。所以要先看清楚：不是链接，而且是设备 1:3。',
        },
      ],
    },
    {
      id: 'hook-namespaces',
      text: '一个钩子要把宿主机的网络设备移进容器。用哪一种？',
      answers: [
        {
          text: 'startContainer：那时容器需要的都有了。',
          right: false,
          because: '它在容器的命名空间里运行。宿主机的设备在那里看不见。',
        },
        {
          text: 'createRuntime：它在运行时的命名空间里运行，而容器的命名空间已经有了。',
          right: true,
          because: '两头它都看得见：设备，以及凭状态里的 pid 找到的、要移进去的那个命名空间。',
        },
        {
          text: 'poststop，为下一次启动准备。',
          right: false,
          because: '那时容器已被删除，它的网络命名空间也跟着没了。',
        },
      ],
    },
    {
      id: 'subreaper',
      text: 'shim 调用 create，create 造出 init 就结束了。shim 怎样得知 init 的结束？',
      answers: [
        {
          text: '用 wait：它事先声明了自己是次级收割进程，于是 init 成了它的子进程。',
          right: true,
          because: '孤儿归上面最近的次级收割进程收养，谁是父进程，谁就得到退出码。',
        },
        {
          text: '用 wait：孙进程也可以等。',
          right: false,
          because: 'wait 只等子进程。没有那个 prctl，孤儿就归整台机器的 init。',
        },
        {
          text: '用 kill(pid, 0) 一遍遍地问。',
          right: false,
          because: '那既说不出退出码，pid 再分配给别人之后，说的也不是真话。',
        },
      ],
    },
  ],
}
