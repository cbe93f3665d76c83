import type { Quiz } from '../.vitepress/theme/quiz/quiz.js'

export const quiz: Quiz = {
  questions: [
    {
      id: 'what-changes',
      text: 'chroot(2) 改变的是什么？',
      answers: [
        {
          text: '调用进程记录里的一个指针：以 / 开头的路径从哪里算起。',
          right: true,
          because: '就是 fs->root，别的都不变。子进程继承它，execve 保留它。',
        },
        {
          text: '挂载表：那个目录被挂载到 / 上。',
          right: false,
          because: '挂载表原封不动。要改表，得用第 2 章的 pivot_root。',
        },
        {
          text: '所有进程在 / 下看到的东西。',
          right: false,
          because: '只影响调用者，以及它从此以后的子进程。',
        },
      ],
    },
    {
      id: 'dot-dot',
      text: '一个进程在 /home 里调用 chroot("/jail")，别的什么也没做。它打开 "../etc/passwd"，打开的是什么？',
      answers: [
        {
          text: '牢里的 /etc/passwd。',
          right: false,
          because: '不以 / 开头的路径从工作目录算起，而工作目录没动过。',
        },
        {
          text: '宿主机的 /etc/passwd。',
          right: true,
          because: '.. 从 /home 通到真正的 /。根是 /jail，不在这条路上，所以什么也拦不住它。',
        },
        {
          text: '打不开：内核说 ENOENT，因为 /home 在根的外面。',
          right: false,
          because: '内核不问你是不是在根的下面，只有你正站在根上时，它才看得出来。',
        },
      ],
    },
    {
      id: 'enoent',
      text: '/bin/ls 就在 rootfs 里，也可以执行，execve 却说 ENOENT。缺的是什么？',
      answers: [
        {
          text: '这个文件：ENOENT 说的总是给它的那个路径。',
          right: false,
          because: 'execve 打开的文件不止一个，缺哪一个都用同一个词。',
        },
        {
          text: '执行它的权限。',
          right: false,
          because: '那会是 EACCES，退出码 126。',
        },
        {
          text: '它写明的加载器；如果是脚本，就是 #! 行里的解释器。',
          right: true,
          because: '两者都从新的 / 找起。缺的若是库，要晚一步才发现：那时加载器已经在运行，由它来报错。',
        },
      ],
    },
    {
      id: 'why-escape',
      text: "逃逸为什么能成功？它调用 chroot('.escape') 时，正站在牢的根上。",
      answers: [
        {
          text: '第二次 chroot 抵消了第一次。',
          right: false,
          because: '它把根换成了更深的一个。打开出路的，是我们这时站着的位置。',
        },
        {
          text: '根跑到了工作目录的下面，.. 一路往上都碰不到它。',
          right: true,
          because: '唯一的守卫，是每往上一级时的那次比较。到了根的外面，就可以随便爬。',
        },
        {
          text: '目录 .escape 是通往真正的根的链接。',
          right: false,
          because: '它只是个空目录，换成任何目录都行。',
        },
      ],
    },
    {
      id: 'sixty-four',
      text: 'rootfs 只有五级目录深，逃逸却往上走了 64 次。多出来的那些做了什么？',
      answers: [
        {
          text: '它们失败了，只是失败被容忍了。',
          right: false,
          because: '它们全都成功了。看看计划：chdir 什么也不容忍。',
        },
        {
          text: '什么也没做：在真正的根上，.. 就是根自己。',
          right: true,
          because: '所以谁也不必知道牢有多深。',
        },
        {
          text: '它们用来离开中间挂载的各个文件系统。',
          right: false,
          because: '从挂载里往上走出来，到的就是挂载点所在的那个目录，同样只算一步。',
        },
      ],
    },
    {
      id: 'root-only',
      text: 'OpenSSH 把用户关进 chroot，他们却不能这样逃出来。为什么？',
      answers: [
        {
          text: 'sshd 把工作目录关掉了。',
          right: false,
          because: '它和我们一样调用 chdir("/")。只要还能调用 chroot，从里面就能让这一步白做。',
        },
        {
          text: 'chroot 之后它就放弃 root，没有 CAP_SYS_CHROOT，谁也不能再调用 chroot。',
          right: true,
          because: '只靠路径的牢，关得住的是没法在里面再造一座牢的人。',
        },
        {
          text: 'OpenSSH 用的是 pivot_root。',
          right: false,
          because: '用的是 chroot，在 session.c 里，之前先检查沿途的目录都属于 root。',
        },
      ],
    },
    {
      id: 'order-of-ids',
      text: '为什么先设组，再设 uid？',
      answers: [
        {
          text: '因为 setgroups 和 setresgid 需要一种权力，它会随 uid 0 一起失去。',
          right: true,
          because: '反过来的话，程序就会留着 root 的组。',
        },
        {
          text: '因为内核允许哪些组，由 uid 决定。',
          right: false,
          because: '内核不知道什么 /etc/group，给它什么数字，它就用什么数字。',
        },
        { text: '只是惯例，先后都一样。', right: false, because: '试试看：EPERM。' },
      ],
    },
    {
      id: 'close-fds',
      text: '在 execve 之前，从 3 开始的描述符都标记为 close-on-exec。要是留着一个打开的宿主机目录，能拿它做什么？',
      answers: [
        {
          text: '对它调用 fchdir(2)，工作目录就到了外面。',
          right: true,
          because: '描述符也是指针，chroot 不碰它。从那里起，.. 一路通往上面。',
        },
        {
          text: '什么也做不了：路径都会对照根来检查。',
          right: false,
          because: 'fchdir 不要路径，也就没有什么需要从根解析。',
        },
        {
          text: '能读它，但不能借它出去。',
          right: false,
          because: '用它调用 openat(2)，下面的文件都能读；调用 fchdir，它就成了工作目录。',
        },
      ],
    },
    {
      id: 'still-shared',
      text: '下面哪一样，是第 1 章里的程序自己独有的？',
      answers: [
        { text: '主机名。', right: false, because: '牢里的 root 可以给整台机器改名。' },
        { text: '进程号。', right: false, because: '它的 uid 能向谁发信号，它就能向谁发。' },
        {
          text: '以 / 开头的路径从哪个目录算起。',
          right: true,
          because: '就是它，外加自己的环境变量。其余全是宿主机的：隔离，还不是安全。',
        },
        {
          text: '挂载表。',
          right: false,
          because: 'root 在牢里挂载的东西，就挂在宿主机上，在牢的那个目录下面。',
        },
      ],
    },
  ],
}
