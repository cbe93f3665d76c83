/** In Chinese, by invariant. */

export const invariants: Readonly<Record<string, string>> = {
  'step-in-its-lane': '每个步骤所在的阶段，都属于能执行它的那条泳道',
  'phases-in-order': '步骤按各自阶段的次序排列',
  'execve-last': 'execve 恰好一次，此后 child 再没有别的步骤',
  'propagation-before-any-mount': '改动任何挂载之前，先把挂载设为私有，否则每次改动宿主机都看得见',
  'proc-after-pid-ns': '挂载 proc 的进程必须已在新的 pid 命名空间里：在 unshare 和 fork 之后',
  'fork-after-pid-ns': 'unshare 得来的新 pid（和 time）命名空间只给子进程：之后必须有一次 fork',
  'map-before-become-root': '在新的用户命名空间里，先映射 id，再换上其中任何一个',
  'user-ns-first': '用户命名空间最先创建或加入，其余的命名空间才归它所有',
  'cgroup-ns-after-join': 'stage 加入自己的 cgroup 之后才创建 cgroup 命名空间：那个 cgroup 的路径在里面就是 “/”',
  'limits-before-join': '第一个进程进入 cgroup 之前，限额已经设好：从它的第一条指令起就有效',
  'groups-before-uid': '先设组，再设 uid：设完 uid，就没有设组的权力了',
  'death-signal-after-uid': '改变 uid 会清除父进程死亡信号：最后一次改变之后要重新设置',
  'names-in-own-uts-ns': '主机名和域名在自己的 uts 命名空间里设置，否则改的是宿主机的名字',
  'no-host-path-after-pivot': 'pivot_root 放开宿主机之后，不再提到宿主机的任何路径',
  'chdir-after-chroot': 'chroot 会把工作目录留在外面：之后必须有一次 chdir',
  'old-root-let-go': 'pivot_root 之后，旧的根要卸载，工作目录要在新的根里',
  'fds-closed-before-exec': '程序不该继承的文件描述符，在 execve 之前的最后一刻关闭',
  'every-host-change-undoable': '对宿主机的改动，凡是比容器活得久的，都有逆操作',
  'nothing-fallible-after-ready-but-exec': '可能失败的事，都在容器算作已创建之前试过',
}
