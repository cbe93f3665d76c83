import type { Quiz } from '../.vitepress/theme/quiz/quiz.js'

export const quiz: Quiz = {
  questions: [
    {
      id: 'where-is-it',
      text: 'A program was moved into a cgroup. It forks. Where is the child?',
      answers: [
        {
          text: 'In the same cgroup.',
          right: true,
          because: 'A child is born where its parent is. That is why a program cannot leave by forking.',
        },
        {
          text: 'At the top of the tree, until somebody moves it.',
          right: false,
          because: 'Then every limit could be left by a fork.',
        },
        {
          text: 'In a new cgroup below it.',
          right: false,
          because: 'Cgroups are made by mkdir, never by fork.',
        },
      ],
    },
    {
      id: 'no-internal',
      text: 'In v2 a cgroup holds a shell. echo +memory > cgroup.subtree_control says EBUSY. What helps?',
      answers: [
        {
          text: 'Do it as root.',
          right: false,
          because: 'It was root. The rule holds for everybody.',
        },
        {
          text: 'Set memory.max first.',
          right: false,
          because: 'That limits this cgroup. It has nothing to do with its children.',
        },
        {
          text: 'Move the shell into a child first: who gives controllers to children holds no process itself.',
          right: true,
          because: "No internal processes: otherwise a cgroup's own processes would compete with its children.",
        },
      ],
    },
    {
      id: 'two-levels',
      text: 'At the top of v2, +memory is written to cgroup.subtree_control. Does /sys/fs/cgroup/a/b have a memory.max?',
      answers: [
        {
          text: 'Yes, controllers are inherited.',
          right: false,
          because: 'Limits hold all the way down. Switching on reaches one level.',
        },
        {
          text: 'No: a has one. For b, a has to switch it on as well.',
          right: true,
          because: 'Each cgroup decides for its own children, from the top down.',
        },
        {
          text: 'Only once a process is in it.',
          right: false,
          because: 'The files are there as soon as the directory is, if the one above has switched the controller on.',
        },
      ],
    },
    {
      id: 'quota-or-weight',
      text: 'The machine is idle but for one container. Which limit still slows it down?',
      answers: [
        {
          text: '--cpu-shares 2',
          right: false,
          because: 'A weight is a part of what is competed for. Who is alone gets everything.',
        },
        {
          text: '--cpus 0.25',
          right: true,
          because: 'A quota is a ceiling: after 25 ms of each 100 it waits, though the processor is idle.',
        },
        {
          text: 'Both',
          right: false,
          because: 'Shares count only against others.',
        },
      ],
    },
    {
      id: 'shares-1024',
      text: 'Why does runc turn 1024 shares into weight 100 today, and not into 39 as before?',
      answers: [
        {
          text: 'Because v2 knows no weight of 39.',
          right: false,
          because: 'Every whole number from 1 to 10000 will do.',
        },
        {
          text: 'So that the numbers are round.',
          right: false,
          because: '262144 shares become 10000, as before.',
        },
        {
          text: 'Because 1024 and 100 are what one has who says nothing: asking for the usual should change nothing.',
          right: true,
          because: 'With 39 a container that asked for the usual got less than half of what its neighbours had.',
        },
      ],
    },
    {
      id: 'exit-137',
      text: 'A container ends with 137. What is certain?',
      answers: [
        {
          text: 'It had too little memory.',
          right: false,
          because: 'Often, but somebody may have typed kill -9. The counter oom_kill of its cgroup knows.',
        },
        {
          text: 'It was ended by signal 9, SIGKILL.',
          right: true,
          because: '128 + 9. Whether memory was the reason is written in memory.events, on v1 in memory.oom_control.',
        },
        {
          text: 'The program returned 137.',
          right: false,
          because: 'It could, but nobody does.',
        },
      ],
    },
    {
      id: 'the-gate',
      text: 'A tool starts the program, then writes its pid to cgroup.procs. What can go wrong?',
      answers: [
        {
          text: 'What it forked and allocated before the write is outside, and stays there.',
          right: true,
          because: 'Hence the gate: inside first, then the program. On v2 a process can even be born inside.',
        },
        {
          text: 'The write fails, because the program runs.',
          right: false,
          because: 'It succeeds. That is why nobody notices.',
        },
        {
          text: 'Nothing: what it has used is moved with it.',
          right: false,
          because: 'Memory stays charged to where it was allocated.',
        },
      ],
    },
    {
      id: 'where-to-shape',
      text: 'A container is to receive no more than 10 mbit. Where does the queue stand?',
      answers: [
        {
          text: 'In its cgroup: net.max.',
          right: false,
          because: 'There is no such file. No controller limits bandwidth.',
        },
        {
          text: 'On its eth0, where the packets come in.',
          right: false,
          because: 'What has come in cannot be made to wait any more. And its root could remove the queue.',
        },
        {
          text: "On the host's end of the cable, where the packets leave.",
          right: true,
          because: 'A packet can be made to wait only before it leaves. Each direction is shaped where it departs.',
        },
      ],
    },
  ],
}
