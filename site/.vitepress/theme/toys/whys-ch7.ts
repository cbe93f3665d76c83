/** The reasons that plans of chapter 7 give, for readers of Chinese. */

export const whysOfCh7: Readonly<Record<string, string>> = {
  'owners seen through a map: only root of the host may': '透过映射来看属主：只有宿主机的 root 才可以',
  "the host's directory, with the container's owners": '宿主机的目录，带着容器里的属主',
  'files that whoever called us has opened for it': '调用者替它打开好的文件',
  "without a mount namespace its mounts are the host's: below this one they can be taken off with it":
    '没有自己的挂载命名空间，它的挂载就是宿主机的：都放在这一个之下，就能随它一起取下',
  'pivot_root would move everybody who is in this mount namespace': 'pivot_root 会把这个挂载命名空间里的所有人一起搬走',
  'a mount of its own in the namespace of others': '别人的命名空间里，自己的一个挂载',
  'what is mounted below it is seen nowhere else': '挂在它下面的，别处都看不到',
  'paths start in the rootfs from here on': '从这里起，路径从 rootfs 开始',
  'every target is resolved below this fd': '每个目标都在这个 fd 之下解析',
  'empty memory, filled with what the image has there': '一块空内存，先装进镜像在那里已有的东西',
  'the namespaces are made, and the host is still mounted': '命名空间已造好，宿主机的挂载还在',
  'in the namespaces of the container, and its files are not yet all that it sees':
    '在容器的命名空间里，而它能看到的还不只是自己的文件',
  'no program that is ever executed in there gets more; it takes CAP_SETPCAP, which goes with the uid':
    '以后在里面执行的任何程序，都得不到更多；做这件事要 CAP_SETPCAP，而它会随 uid 一起失去',
  'the change of uid would take all of them away': '换 uid 会把它们全部拿走',
  'what it may do, as that user': '作为那个用户，它可以做什么',
  'what survives execve of a program without file capabilities: each must be permitted and inheritable':
    'execve 一个没有文件权能的程序时仍能保留的：每一项都必须既是 permitted 又是 inheritable',
  'for good, and for all that it starts; a filter of system calls may then be set without CAP_SYS_ADMIN':
    '永远有效，对它启动的一切也有效；此后没有 CAP_SYS_ADMIN 也可以设系统调用过滤器',
  'how the processor is shared with others; it may take CAP_SYS_NICE': '与别人怎样分享处理器；可能需要 CAP_SYS_NICE',
  'it lies on top of "/": nothing is above it': '它压在 "/" 上面：再往上什么也没有',
  'into what lies there: so far "/" is what it lies on': '进到压在那里的东西里：此前 "/" 还是它下面的那个',
  'all of the host that the kernel would show again, in a user namespace inside':
    '宿主机里内核可能在内部的用户命名空间中再次露出的一切',
  'it cannot be unmounted here: what lies on top of it is empty': '在这里卸不掉它：压在上面的是空的',
  'on which memory nodes its pages are to lie': '它的页面该放在哪些内存节点上',
  "the host's device becomes the container's": '宿主机的网卡成为容器的',
  'it came down, and without the addresses that it had': '移过来时它是关着的，原有的地址也没了',
  'what TCP may keep for it': 'TCP 可以为它留多少缓冲',
  "a mark on its packets, by which the host's tc and firewall know them":
    '给它的数据包做的记号，宿主机的 tc 和防火墙据此认出它们',
  'how urgent what it sends by this device is': '它从这块网卡发出的东西有多急',
  'how much of this device it may hold': '这个设备它最多可以占多少',
  'where it is to wait, before it is in the cgroup of the container': '在它进入容器的 cgroup 之前，先在哪里等着',
  'where it is to run: what joins a cgroup is put on the processors of that':
    '它该在哪里运行：加入 cgroup 的进程会被放到那个 cgroup 的处理器上',
  'whose requests a disk serves first': '磁盘先办谁的请求',
  'what uname says of the machine, to programs of another': 'uname 怎样说这台机器，说给为另一种机器写的程序听',
  "keys of whoever started it are not the container's; where there are none, there is nothing to take away":
    '启动者的密钥不归容器；没有密钥的地方，也就没有什么可拿走',
  'a link of /proc leads past every root: where we stand must lie below ours':
    '/proc 里的链接能绕过任何根目录：我们站的地方必须在自己的根之下',
  'it takes CAP_SYS_ADMIN: what comes after it has to be allowed by it':
    '需要 CAP_SYS_ADMIN：排在它后面的，都得由它放行',
  'its listener is handed on before the container is created': '它的监听端要在容器算作创建好之前交出去',
  'nothing of ours is to be done any more but execve': '我们要做的只剩 execve',
  'a device that config.json names': 'config.json 点名的设备',
  'whose it is, in there': '在里面归谁',
  'it may be read, and not written to': '可以读，不可以写',
  "the machine's own: not to be seen": '属于整台机器：不让看见',
  'the directories of the hierarchies are in it: now it is as the spec wants it':
    '各个层级的目录已在里面：现在让它成为规范要的样子',
  'whether what is mounted in there later is seen on the other side': '以后在里面挂载的，另一边看不看得见',
  'where init will wait to be started': 'init 将在这里等着启动',
  'while the host is in sight: init opens the fifo from here, without a path':
    '趁还看得见宿主机：init 从这里打开命名管道，不用路径',
  'all that can fail has been tried: the container is created': '会失败的都试过了：容器已创建',
  'a writer waits for a reader: that is start': '写的等着读的：读的就是 start',
}

export const patternsOfCh7: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [/^its (\w+) namespace is there already$/, (_, type) => `它的 ${type} 命名空间本来就在`],
  [
    /^the (\w+) namespace's own, by the host's \/proc$/,
    (_, owner) => `归 ${owner} 命名空间自己，借宿主机的 /proc 写入`,
  ],
]
