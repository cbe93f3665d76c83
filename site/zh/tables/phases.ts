/** In Chinese, by phase. */

export const phases: Readonly<Record<string, string>> = {
  prepare: '容器存在之前必须先有的东西',
  join: '把 stage 放进它的 cgroup，之后才把指令串发给它：发送就是放行',
  enter: '加入已有的命名空间（用户命名空间在先），或新建一个用户命名空间',
  map: '给新的用户命名空间分配 id：只有它的父命名空间可以映射多个',
  isolate: '创建其余的命名空间，然后把 init fork 进去',
  wire: '把新的网络命名空间接到宿主机',
  root: '搭建根文件系统，此时还看得到宿主机',
  'runtime-hooks': '运行这样的钩子：命名空间已经建好，宿主机还挂载着',
  pivot: '让它成为根，放开宿主机',
  seal: '全部挂载完才能设为只读的，这时设为只读',
  become: '换上容器的 id、目录和程序',
  ready: '可能失败的都已试过：容器算是创建好了',
  gate: '等待启动的命令',
  exec: '关掉程序不该继承的东西，然后成为它',
  started: '程序正在运行',
}
