/** The reasons that plans of chapter 3 give, for readers of Chinese. */

export const whysOfCh3: Readonly<Record<string, string>> = {
  'the cgroup above it is used by others, too: the last to leave removes it':
    '它上面的 cgroup 别人也在用：最后离开的把它删掉',
  'the group of all containers': '所有容器共同的上级',
  'what the cgroup above does not enable, the one below does not have': '上面的 cgroup 没有启用的，下面的就没有',
  'nobody uses it any more': '已经没有人用它了',
  'for the processes of the cgroup above': '给上一层 cgroup 里的进程用',
  'a cgroup whose children have controllers may hold none itself': '子 cgroup 有控制器的，自己就不能有进程',
  'only so can it hold processes again': '只有这样，它才又能容纳进程',
  'where they were before the first container': '第一个容器之前它们所在的地方',
  'nobody is in it any more': '里面已经没有谁了',
  'what is above its cgroup was made before there was a plan': '在它的 cgroup 之上的，在有计划之前就造好了',
  'a group of processes to set limits to': '一组进程，限额就设在这一组上',
  'a new cpuset is empty, and takes no process before it is filled': '新的 cpuset 是空的，没填之前不收任何进程',
  'the processors it may run on': '它可以在哪些处理器上运行',
  'the memory nodes it may use': '它可以用哪些内存节点',
  'what the quota is a part of': '配额就是其中的一部分',
  'microseconds of processor time in each period: then it waits': '每个周期里可用的处理器时间（微秒）：用完就等',
  'what it saved it may use later, up to this': '省下的以后可以用，最多这么多',
  'the same, of realtime processes': '同上，针对实时进程',
  'only when nobody else wants the processor': '没有别人要用处理器时才轮到它',
  'its part of the processors when all want them': '大家都要用处理器时它分得的份额',
  'beyond it pages are taken back, and if none can be, a process is killed':
    '超过它就回收内存页；一页也收不回来，就杀掉一个进程',
  'memory and swap together': '内存和交换区加在一起',
  'v2 counts swap alone: what is said of both, less the memory': 'v2 单独计算交换区：用两者之和减去内存',
  'what it is pushed back to when memory is short': '内存紧张时把它压回到这个量',
  'up to here others are made to give back first': '不超过这个量时，先让别人交还内存',
  'how soon its pages are swapped out': '它的内存页多早就被换出',
  'at the limit it waits, instead of being killed': '到了限额就等着，而不是被杀',
  'a fork beyond it fails: the bomb stays in here': '超过它的 fork 会失败：炸弹只在这里面炸',
  'its part of the disk when all want it': '大家都要用磁盘时它分得的份额',
  'the same, of one disk': '同上，针对某一块磁盘',
  'a second, of this disk: what is more waits': '每秒，针对这块磁盘：超出的要等',
  'memory in pages of this size': '这种大小的内存页可用多少',
  'asked for by the name of its file': '按文件名指定的',
  'the rule for all': '对所有设备的规则',
  'one exception': '一个例外',
  'what init is to be born into': 'init 将要出生在里面的 cgroup',
  'by init, which is in its cgroup: from here on that is "/"': '由 init 来做，它已在自己的 cgroup 里：从此那里就是 "/"',
  'the first child after unshare is number 1 of the new pid namespace; a child of the monitor, which outlives the stage; born in its cgroup, with every limit set':
    'unshare 之后的第一个子进程就是新 pid 命名空间的 1 号；它是 monitor 的子进程，monitor 比 stage 活得久；它就出生在自己的 cgroup 里，限额都已设好',
  'inherited by all that it forks: who is killed first when the machine runs out of memory':
    '它 fork 出来的都会继承：整机内存耗尽时先杀谁',
  'while it may still be raised: a limit of each process, not of all together':
    '趁还能往上调：这是每个进程各自的限额，不是合起来的',
  "what runs in there counts as the container's, and is limited with it": '在里面运行的都算容器的，一起受限',
  'what it receives leaves the host by this end of the cable: here it can still be made to wait':
    '它收到的，从网线的这一头离开宿主机：在这里还可以让它等',
  'what it sends leaves by its own end': '它发出的，从它自己那一头离开',
}

const controllers: Readonly<Record<string, string>> = { 'the whole group': '整个组' }
const said = (list: string): string => controllers[list] ?? list.replaceAll(' and ', '、')

export const patternsOfCh3: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [/^the same group, for (.*)$/, (_, list) => `同一个组，这一个归 ${said(list!)} 管`],
  [
    /^before it is sent what to do: (.*) counts from the first instruction$/,
    (_, list) => `在把要做的事发给它之前：从第一条指令起，${said(list!)} 就开始计数`,
  ],
  [/^(\d+) shares, as v2 counts them: .*$/, (_, shares) => `${shares} 份，换算成 v2 的权重：相互争用时按它来分`],
  [/^(\d+) rules, as a program that .*$/, (_, count) => `${count} 条规则写成一个程序：每用到一个设备，内核就问它一次`],
]
