import type { Quiz } from '../.vitepress/theme/quiz/quiz.js'

export const quiz: Quiz = {
  questions: [
    {
      id: 'same-namespace',
      text: '怎样知道两个进程是不是在同一个网络命名空间里？',
      answers: [
        {
          text: '比较 /proc/PID/ns/net 这两个链接：数字相同，就是同一个命名空间。',
          right: true,
          because: '方括号里的数字就是命名空间的名字，它活着的时候一直有效。',
        },
        {
          text: '比较 ip addr 打印的内容。',
          right: false,
          because: '两个刚造好的网络命名空间看起来一样，却是两个。',
        },
        { text: '只要一个是另一个的父进程，就是。', right: false, because: '中间可能隔着一次 unshare。' },
      ],
    },
    {
      id: 'why-private',
      text: '挂载命名空间是一份副本。为什么还要在挂载任何东西之前，先把 / 设为私有？',
      answers: [
        {
          text: '因为不这样做，副本没有权限挂载。',
          right: false,
          because: '它可以挂载。麻烦正在于此：挂载会传播出去。',
        },
        {
          text: '因为共享挂载的各个副本是对等的，在一个里面挂载，所有的里面都会出现。',
          right: true,
          because: '这样一来，容器的 /proc 就会盖住宿主机的。',
        },
        {
          text: '因为不这样做，容器会看到宿主机的文件。',
          right: false,
          because: '挂载私有了，它照样看得到，直到 pivot_root 和 umount。',
        },
      ],
    },
    {
      id: 'empty-proc',
      text: '少了那一步，容器挂载了自己的 proc，然后结束。宿主机的 /proc 为什么空了？',
      answers: [
        {
          text: '宿主机看到的是传播过来的那个挂载，它显示的 pid 命名空间里已经没有活着的进程。',
          right: true,
          because: '真正的 /proc 还在，只是被盖住了。umount /proc 就能让它重新露出来。',
        },
        {
          text: '容器结束时，内核把那个挂载删掉了。',
          right: false,
          because: '没了的是容器里的那一份，宿主机上与它对等的那一份还在。',
        },
        {
          text: '容器把文件删掉了。',
          right: false,
          because: 'proc 里的文件删不掉，它们是有人看的时候才现编出来的。',
        },
      ],
    },
    {
      id: 'why-fork',
      text: 'unshare(CLONE_NEWPID) 之后，调用者的进程号是几？',
      answers: [
        { text: '1，在新的命名空间里。', right: false, because: '1 号是它的第一个子进程。' },
        {
          text: '还是原来那个：只有子进程出生在新的命名空间里。',
          right: true,
          because: '进程活着的时候，pid 从不改变。所以才要 fork。',
        },
        {
          text: '有两个：原来的，和 1。',
          right: false,
          because: '有两个号的是它的子进程：里面是 1，外面是另一个。',
        },
      ],
    },
    {
      id: 'proc-too-early',
      text: '一个程序用 NEWPID 和 NEWNS 调用 unshare，挂载 proc，然后才 fork。子进程里的 ps 显示什么？',
      answers: [
        { text: '只有子进程自己。', right: false, because: '要这样，得由子进程来挂载。' },
        {
          text: '宿主机的进程。',
          right: true,
          because: 'proc 显示的是挂载者所在的 pid 命名空间，而调用者那时还在宿主机的里面。',
        },
        {
          text: '什么也没有，因为 /proc 是空的。',
          right: false,
          because: '它是满的，只不过装的是另一个命名空间。',
        },
      ],
    },
    {
      id: 'pivot-einval',
      text: 'pivot_root(".", ".") 说 EINVAL。rootfs 已经绑定到自身，"." 也是在那之后才进的。最可能是什么原因？',
      answers: [
        {
          text: 'rootfs 所在的那个挂载是共享的。',
          right: true,
          because: '会传播的改动，pivot_root 不肯做。要先对 / 设 MS_REC|MS_PRIVATE。',
        },
        {
          text: 'put_old 必须另有一个目录。',
          right: false,
          because: '可以是同一个目录：旧的根叠在上面，umount(".") 把它取下。',
        },
        { text: '调用者不是 root。', right: false, because: '那会是 EPERM。' },
      ],
    },
    {
      id: 'escape-again',
      text: '第 1 章的逃逸，最后停在容器自己的根上。是什么拦住了它？',
      answers: [
        { text: '容器里不许 chroot。', right: false, because: '它成功了，64 次 chdir("..") 也全都成功了。' },
        {
          text: '上面什么也没有：宿主机已经从这个挂载命名空间里卸载了。',
          right: true,
          because: '这里没有守卫可骗，只是无处可去。',
        },
        {
          text: 'pivot_root 锁住了工作目录。',
          right: false,
          because: '工作目录可以随便往上爬，一直爬到挂载树的根。',
        },
      ],
    },
    {
      id: 'user-first',
      text: '有一个 uts 命名空间归宿主机的用户命名空间所有。一个普通用户新造了用户命名空间，在里面当 root，他能设置那个 uts 命名空间的主机名吗？',
      answers: [
        {
          text: '不能：必须在拥有这张表的用户命名空间里有那个 capability。',
          right: true,
          because: '所以才要先造用户命名空间：这样其余的才归它所有。',
        },
        { text: '能，root 就是 root。', right: false, because: '只对自己的用户命名空间所拥有的东西才是。' },
        {
          text: '能，只要写好了 id 映射。',
          right: false,
          because: '映射说的是你是谁，不是你拥有什么。',
        },
      ],
    },
    {
      id: 'uid-map',
      text: 'uid_map 里写着 "0 100000 65536"。容器里的 uid 33，在宿主机上是谁？',
      answers: [
        { text: '33', right: false, because: '那样的话，容器就能碰 www-data 的文件了。' },
        { text: '100033', right: true, because: '100000 + (33 - 0)。' },
        { text: '65534，nobody', right: false, because: '没有映射的才是 nobody，33 是有映射的。' },
      ],
    },
    {
      id: 'not-yet-security',
      text: '容器不带 --userns，里面的 root 还能对宿主机做什么？',
      answers: [
        {
          text: '什么也不能：八种命名空间，它只差一种。',
          right: false,
          because: '内核里的东西并不是样样都有命名空间。',
        },
        {
          text: '杀掉宿主机的进程。',
          right: false,
          because: '它们在它的 pid 命名空间里没有号。',
        },
        {
          text: '写 /proc/sys/kernel/core_pattern，造设备节点，用光内存。',
          right: true,
          because: '隔离，还不是安全：cgroup 要等第 3 章，capabilities 和遮蔽路径要等第 7 章。',
        },
      ],
    },
  ],
}
