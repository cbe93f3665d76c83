import type { Quiz } from '../.vitepress/theme/quiz/quiz.js'

export const quiz: Quiz = {
  questions: [
    {
      id: 'bounding-first',
      text: 'A container is to run as uid 1000. Why is the bounding set lowered before the change of uid?',
      answers: [
        {
          text: 'Because the change of uid empties the bounding set.',
          right: false,
          because: 'It leaves that one alone. What it empties are the effective, the permitted and the ambient set.',
        },
        {
          text: 'Because lowering it takes CAP_SETPCAP, and behind the change nothing is effective any more.',
          right: true,
          because:
            'PR_SET_KEEPCAPS keeps the permitted set alone. The effective one is empty until capset fills it again.',
        },
        {
          text: 'Because capset would raise it again.',
          right: false,
          because: 'A bounding set is never raised, by nobody. capset is about three other sets.',
        },
      ],
    },
    {
      id: 'port-80',
      text: 'uid 1000 is to listen on port 80. CAP_NET_BIND_SERVICE is effective, permitted and in the bounding set. The program is an ordinary file. Does it have the capability?',
      answers: [
        {
          text: 'Yes: what is permitted stays permitted.',
          right: false,
          because:
            'Until execve. Of one who is not root it keeps what is ambient, and what the file has of its own; the rest is gone.',
        },
        {
          text: 'Yes: the bounding set has it.',
          right: false,
          because: 'The bounding set gives nothing. It says what may be given at most.',
        },
        {
          text: 'No: it would have to be inheritable and ambient as well.',
          right: true,
          because:
            'The ambient set is what an ordinary program keeps, and only what is permitted and inheritable can be in it.',
        },
      ],
    },
    {
      id: 'architecture',
      text: 'A filter on x86-64 forbids number 59, execve, and allows the rest. It does not ask for the architecture. What does it keep a program from?',
      answers: [
        {
          text: 'From executing anything.',
          right: false,
          because: 'By its 32-bit calls the same process asks for number 11. The filter takes it for munmap.',
        },
        {
          text: 'From executing 32-bit programs: those are another architecture.',
          right: false,
          because: 'What counts is how the call is made, not what is executed. A 64-bit program can make 32-bit calls.',
        },
        {
          text: 'From nothing that it wants: as a 32-bit call execve is number 11.',
          right: true,
          because: 'So a filter looks at the architecture first, and what is not named there is killed.',
        },
      ],
    },
    {
      id: 'no-new-privs',
      text: 'Root of a container runs with no_new_privs. What is different for it?',
      answers: [
        {
          text: 'No execve gives it more than it has. What it has it keeps.',
          right: true,
          because:
            'It is about what is added: by set-user-ID bits and by capabilities of files. Nothing is taken away.',
        },
        {
          text: 'It has no capabilities any more.',
          right: false,
          because: 'That takes capset and the bounding set. The flag takes nothing.',
        },
        {
          text: 'Its children may no longer call setuid.',
          right: false,
          because: 'With CAP_SETUID they may. The system call is not what a set-user-ID bit of a file is.',
        },
      ],
    },
    {
      id: 'why-first-no-new-privs',
      text: 'Why does the kernel want no_new_privs before somebody without CAP_SYS_ADMIN sets a filter?',
      answers: [
        {
          text: 'Because a filter costs time at each call.',
          right: false,
          because: 'It costs whoever set it. The kernel has no objection.',
        },
        {
          text: 'Because the filter stays at execve, and a set-user-ID program would run under it, as root.',
          right: true,
          because:
            'Have setuid seem to succeed and do nothing, and the program goes on with rights that it believes it has given away.',
        },
        {
          text: 'Because the filter could otherwise be taken off.',
          right: false,
          because: 'Nobody ever takes one off, with the flag or without it.',
        },
      ],
    },
    {
      id: 'who-waits',
      text: 'create has returned, and start has not been called. Who waits, and for what?',
      answers: [
        {
          text: 'Init: its open of a FIFO to write blocks until start opens it to read.',
          right: true,
          because: 'All that is needed for it is a file. Whoever created it is gone already.',
        },
        {
          text: 'The process of create, in the background, for a signal.',
          right: false,
          because: 'It has ended. If it had to stay, it would be a daemon.',
        },
        {
          text: 'Nobody: start makes the process from what create has written down.',
          right: false,
          because: 'state says a pid between the two. Namespaces, mounts and cgroup are there, and init is in them.',
        },
      ],
    },
    {
      id: 'symlink-mask',
      text: 'An image has a symlink where its /dev/null should be. What could go wrong when /proc/kcore is masked?',
      answers: [
        {
          text: 'Nothing: a mount does not follow symlinks.',
          right: false,
          because: 'mount(2) follows them, in its source and in its target.',
        },
        {
          text: 'The mount fails with ELOOP, and the container does not start.',
          right: false,
          because: 'One link is no loop. That it is not followed has to be asked for.',
        },
        {
          text: 'What the link leads to is put there in its place, and can be written to.',
          right: true,
          because: 'That was CVE-2025-31133. So it has to be looked at first: no link, and device 1:3.',
        },
      ],
    },
    {
      id: 'hook-namespaces',
      text: 'A hook is to move a network device of the host into the container. Which kind?',
      answers: [
        {
          text: 'startContainer: then the container has all that it needs.',
          right: false,
          because: "It runs in the container's namespaces. The host's device is not in sight there.",
        },
        {
          text: 'createRuntime: it runs in the namespaces of the runtime, when those of the container are there.',
          right: true,
          because: 'It sees both ends: the device, and by the pid in the state the namespace where it is to go.',
        },
        {
          text: 'poststop, for the next start.',
          right: false,
          because: 'Then the container is deleted, and its network namespace with it.',
        },
      ],
    },
    {
      id: 'subreaper',
      text: 'A shim calls create, which makes init and ends. How does the shim hear of the end of init?',
      answers: [
        {
          text: 'By wait: it said before that it is a subreaper, so init has become its child.',
          right: true,
          because: 'An orphan goes to the next subreaper above it, and whoever is its parent gets its exit code.',
        },
        {
          text: 'By wait: grandchildren can be waited for, too.',
          right: false,
          because: 'wait is for children alone. Without the prctl the orphan goes to the init of the machine.',
        },
        {
          text: 'It asks by kill(pid, 0), again and again.',
          right: false,
          because: 'That says neither the exit code nor, once the pid is given out again, the truth.',
        },
      ],
    },
  ],
}
