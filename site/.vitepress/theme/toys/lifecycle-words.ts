/** What the lifecycle machine says, in both languages: beside words.ts, which every page loads. */

// cspell:words execve

import type { HookKind } from '#core/spec/runtime'
import type { Language } from '../words.js'
import type { Note } from './lifecycle.js'
import type { Seen } from './lifecycle-seen.js'

interface LifecycleWords {
  readonly label: string
  readonly about: string
  readonly diagram: (state: string) => string
  readonly none: string
  readonly commands: string
  readonly happenings: string
  readonly happening: Readonly<Record<'made' | 'failed' | 'execve' | 'ended', string>>
  readonly freezer: string
  readonly start: string
  readonly terminal: string
  readonly quiet: string
  readonly moved: (from: string, to: string) => string
  readonly stays: (state: string) => string
  readonly notAsked: string
  readonly state: string
  readonly disk: string
  readonly kernel: string
  readonly hooks: string
  readonly noHooks: string
  readonly files: Readonly<Record<string, string>>
  readonly written: (status: string) => string
  readonly cgroup: string
  readonly frozen: string
  readonly nothing: string
  readonly init: Readonly<Record<Exclude<Seen['init'], null>, string>>
  readonly noInit: string
  readonly places: Readonly<Record<HookKind, string>>
  readonly first: string
  readonly notes: Readonly<Record<Note, string>>
  readonly table: string
  readonly noScript: string
  readonly model: string
}

const en: LifecycleWords = {
  label: 'The life of a container',
  about: 'You are the engine. Each command asks reduce() first, which stands below. Try those that do not fit, too.',
  diagram: state => `The states of a container, and what leads from one to the next; now: ${state}`,
  none: 'no container',
  commands: 'Commands',
  happenings: 'What happens by itself',
  happening: {
    made: 'all steps are done',
    failed: 'a step fails',
    execve: 'start, and execve fails',
    ended: 'init ends',
  },
  freezer: 'Freezer',
  start: 'Start over',
  terminal: 'Terminal',
  quiet: 'It prints nothing.',
  moved: (from, to) => `${from} → ${to}`,
  stays: state => `allowed, stays ${state}`,
  notAsked: 'delete -f does not ask',
  state: 'What state prints',
  disk: 'On disk',
  kernel: 'In the kernel',
  hooks: 'Hooks that ran',
  noHooks: 'none',
  files: {
    'init.pid': 'the number of init, for who asks by file',
    'exec.fifo': 'the gate',
    lock: 'one command after the other',
  },
  written: status => `its status says “${status}”`,
  cgroup: 'the cgroup mini-docker/web, in each hierarchy',
  frozen: 'frozen',
  nothing: 'nothing',
  init: {
    making: 'the stage: it performs the plan',
    waiting: 'init: stands in open("exec.fifo", O_WRONLY), until somebody reads',
    running: 'init: it is the program',
    frozen: 'init: it is the program, and gets no time',
  },
  noInit: 'no process',
  places: {
    prestart: 'on the host',
    createRuntime: 'on the host',
    createContainer: 'in its namespaces, by a path of the host',
    startContainer: 'in its namespaces',
    poststart: 'on the host',
    poststop: 'on the host',
  },
  first: 'There is no container. Begin with create.',
  notes: {
    creating:
      'The plan is under way: the namespaces are there, a createRuntime hook runs, and the root is still the host’s. What you type now you type in a second terminal.',
    made: 'All that can fail has been tried. Whoever typed create has gone home, and init waits for a reader of exec.fifo.',
    failed: 'A step failed. What had been made was taken back in reverse, and there is no container.',
    execve:
      'start opened the gate, and execve refused the file. Init said so through the fifo, and ended. The container is stopped, though it never ran.',
    started:
      'start opened the fifo to read, so the open in which init stood came back. Init became the program, and that closed the fifo: to start its end of file means that all went well.',
    ended:
      'Nobody wrote that down: state.json says what it said before. state asks the kernel whether that process lives.',
    gone: 'Cgroup and directory are gone. The poststop hooks came last, and have nothing left to refuse.',
    ignored:
      'The signal was sent, and nothing came of it: number 1 of a pid namespace gets only signals that it has a handler for. That is why docker stop waits ten seconds, and then sends KILL.',
    killed: 'kill does no more than send. That the container has stopped is what came of it.',
    frozen:
      'It was sent. The freezer of cgroup v1 lets nothing end that is frozen: it will be the first thing after resume.',
    paused: 'Every process of the cgroup stands still, wherever it was. No signal was sent, and none of them can tell.',
    resumed: 'They go on as though nothing had been. Only the clock has.',
    late: 'It went on, and the KILL that had come meanwhile was the first thing that it met.',
    exec: 'One more process joined its namespaces and its cgroup, under the same filter, and has ended already. The state knows nothing of it.',
    nothing: 'There is nothing, and delete -f is content with that: an engine that cleans up may ask twice.',
    forced: 'It asks for no state. What lived was killed, what was made was taken back in reverse.',
    refused: 'Refused, and nothing was touched.',
    waits: 'It waits: commands on one container come one after the other. When create is done, it will ask.',
  },
  table: 'Every command in every state',
  noScript: 'With JavaScript you can press the commands. The table above has all of them.',
  model:
    'This runs mini-runc’s own reduce(). A test drives real containers through every state with every command, and compares what is printed, what lies in the directory, the cgroup, the process and the hooks. Directory: /run/mini-runc/containers/web.',
}

const zh: LifecycleWords = {
  label: '容器的一生',
  about: '你就是引擎。每条命令都先问 reduce()，它就列在下文。不合时宜的也按一按。',
  diagram: state => `容器的各个状态，以及从一个到下一个靠什么；现在：${state}`,
  none: '没有容器',
  commands: '命令',
  happenings: '自己发生的事',
  happening: {
    made: '步骤全部做完',
    failed: '有一步失败',
    execve: 'start，而 execve 失败',
    ended: 'init 结束',
  },
  freezer: '冻结器',
  start: '重新开始',
  terminal: '终端',
  quiet: '什么也没打印。',
  moved: (from, to) => `${from} → ${to}`,
  stays: state => `允许，仍是 ${state}`,
  notAsked: 'delete -f 不问它',
  state: 'state 打印什么',
  disk: '磁盘上',
  kernel: '内核里',
  hooks: '运行了的钩子',
  noHooks: '没有',
  files: { 'init.pid': 'init 的进程号，给按文件来问的人', 'exec.fifo': '那道门', lock: '一条命令接一条命令' },
  written: status => `里面的 status 写着 “${status}”`,
  cgroup: '每个层级里的 cgroup mini-docker/web',
  frozen: '已冻结',
  nothing: '什么也没有',
  init: {
    making: 'stage：正在执行计划',
    waiting: 'init：停在 open("exec.fifo", O_WRONLY) 里，直到有人来读',
    running: 'init：就是那个程序',
    frozen: 'init：就是那个程序，但分不到时间',
  },
  noInit: '没有进程',
  places: {
    prestart: '在宿主机上',
    createRuntime: '在宿主机上',
    createContainer: '在它的命名空间里，路径是宿主机的',
    startContainer: '在它的命名空间里',
    poststart: '在宿主机上',
    poststop: '在宿主机上',
  },
  first: '还没有容器。从 create 开始。',
  notes: {
    creating:
      '计划正在执行：命名空间已有，一个 createRuntime 钩子正在运行，根还是宿主机的。你现在敲的，是在另一个终端里敲的。',
    made: '会失败的都试过了。敲 create 的已经走了，init 等着有人来读 exec.fifo。',
    failed: '有一步失败了。已经造好的，按相反的次序收回；没有容器。',
    execve:
      'start 打开了门，execve 却不收这个文件。init 通过命名管道说了出来，然后结束。容器是 stopped，尽管它从未运行过。',
    started:
      'start 为读而打开命名管道，init 停在里面的那个 open 于是返回。init 变成程序，命名管道随之关闭：对 start 来说，读到文件末尾就是一切顺利。',
    ended: '没有人把它记下来：state.json 还是先前的说法。state 去问内核，那个进程还在不在。',
    gone: 'cgroup 和目录都没了。poststop 钩子最后才运行，已经没有什么可拒绝的。',
    ignored:
      '信号发出去了，什么也没发生：pid 命名空间的 1 号进程，只收它装了处理函数的信号。docker stop 等上十秒再发 KILL，就是为此。',
    killed: 'kill 只管发信号。容器停下来，是信号的后果。',
    frozen: '信号发出去了。cgroup v1 的冻结器不让冻住的进程结束：resume 之后第一件事就是它。',
    paused: 'cgroup 里的每个进程都停在原处。没有发过信号，它们谁也察觉不到。',
    resumed: '它们接着走，像什么都没发生过。只有时钟走了。',
    late: '它继续运行，第一个碰到的就是期间到来的 KILL。',
    exec: '又有一个进程加入它的命名空间和 cgroup，受同一个过滤器约束，而且已经结束。状态对它一无所知。',
    nothing: '什么也没有，delete -f 也不计较：来清理的引擎可以问两遍。',
    forced: '它不问状态。活着的杀掉，造好的按相反的次序收回。',
    refused: '被拒绝了，什么都没有碰。',
    waits: '它在等：对同一个容器的命令，一条接一条。create 做完，它才去问。',
  },
  table: '每个状态下的每条命令',
  noScript: '启用 JavaScript 后可以按这些命令。上面的表里有全部结果。',
  model:
    '这里运行的是 mini-runc 自己的 reduce()。一个测试让真实的容器在每个状态下接受每条命令，比较打印的内容、目录里的文件、cgroup、进程和钩子。目录：/run/mini-runc/containers/web。',
}

export const lifecycleWords: Readonly<Record<Language, LifecycleWords>> = { en, zh }
