import type { Quiz } from '../.vitepress/theme/quiz/quiz.js'

export const quiz: Quiz = {
  questions: [
    {
      id: 'what-changes',
      text: 'What does chroot(2) change?',
      answers: [
        {
          text: 'One pointer in the record of the calling process: where its paths that begin with / start.',
          right: true,
          because: 'fs->root, and nothing else. Children inherit it, execve keeps it.',
        },
        {
          text: 'The mount table: the directory is mounted on /.',
          right: false,
          because: 'The table stays as it is. To change the table there is pivot_root, in chapter 2.',
        },
        {
          text: 'What all processes see under /.',
          right: false,
          because: 'Only the caller, and the children it has from then on.',
        },
      ],
    },
    {
      id: 'dot-dot',
      text: 'A process in /home calls chroot("/jail") and nothing more. What does it open as "../etc/passwd"?',
      answers: [
        {
          text: "The jail's /etc/passwd.",
          right: false,
          because: 'A path without a leading / starts at the working directory, and that did not move.',
        },
        {
          text: "The host's /etc/passwd.",
          right: true,
          because: '.. leads from /home to the real /. The root, /jail, is not on that way, so nothing stops it.',
        },
        {
          text: 'Nothing: the kernel says ENOENT, because /home is outside the root.',
          right: false,
          because: 'The kernel does not ask whether you are below your root; it only notices when you stand on it.',
        },
      ],
    },
    {
      id: 'enoent',
      text: '/bin/ls is in the rootfs, executable, and execve says ENOENT. What is missing?',
      answers: [
        {
          text: 'The file: ENOENT always means the path that was given.',
          right: false,
          because: 'execve opens more than one file, and has the same word for each.',
        },
        {
          text: 'The right to execute it.',
          right: false,
          because: 'That would be EACCES, and exit code 126.',
        },
        {
          text: 'The loader that it names, or for a script the interpreter in its #! line.',
          right: true,
          because:
            'Both are looked up from the new /. A missing library comes later: then the loader runs, and complains.',
        },
      ],
    },
    {
      id: 'why-escape',
      text: "Why does the escape work? It calls chroot('.escape') while it stands in the jail's root.",
      answers: [
        {
          text: 'A second chroot cancels the first.',
          right: false,
          because: 'It replaces the root by a deeper one. What opens the way is where we stand meanwhile.',
        },
        {
          text: 'The root is now below the working directory, so that .. never meets it on the way up.',
          right: true,
          because: 'The only guard is a comparison with the root at each step up. Outside of it, we climb freely.',
        },
        {
          text: 'The directory .escape is a link to the real root.',
          right: false,
          because: 'It is an empty directory. Any directory would do.',
        },
      ],
    },
    {
      id: 'sixty-four',
      text: 'The escape goes up 64 times, though the rootfs is only five directories deep. What do the others do?',
      answers: [
        {
          text: 'They fail, and the failures are tolerated.',
          right: false,
          because: 'They all succeed. Look at the plan: chdir tolerates nothing.',
        },
        {
          text: 'Nothing: at the real root .. is the root itself.',
          right: true,
          because: 'So nobody has to know how deep the jail lies.',
        },
        {
          text: 'They leave the file systems that are mounted in between.',
          right: false,
          because: 'A step up out of a mount leads to the directory that it is mounted on, in the same one step.',
        },
      ],
    },
    {
      id: 'root-only',
      text: 'OpenSSH puts users into a chroot, and they do not escape like this. Why not?',
      answers: [
        {
          text: 'sshd closes the working directory.',
          right: false,
          because: 'It calls chdir("/") as we do. From inside that can be undone, by whoever may call chroot.',
        },
        {
          text: 'After chroot it gives up root, and without CAP_SYS_CHROOT nobody can call chroot again.',
          right: true,
          because: 'A jail of paths holds those who cannot build another one in it.',
        },
        {
          text: 'OpenSSH uses pivot_root.',
          right: false,
          because: 'It is chroot, in session.c, behind checks that all directories on the way belong to root.',
        },
      ],
    },
    {
      id: 'order-of-ids',
      text: 'Why are the groups set before the uid?',
      answers: [
        {
          text: 'Because setgroups and setresgid need a right that goes away with uid 0.',
          right: true,
          because: 'The other way round, the program would keep the groups of root.',
        },
        {
          text: 'Because the uid determines which groups the kernel allows.',
          right: false,
          because: 'The kernel knows nothing of /etc/group; it takes the numbers that it is given.',
        },
        { text: 'It is a convention: the order makes no difference.', right: false, because: 'Try it: EPERM.' },
      ],
    },
    {
      id: 'close-fds',
      text: 'Before execve all descriptors from 3 on are marked close-on-exec. What would an open directory of the host be good for?',
      answers: [
        {
          text: 'fchdir(2) on it, and the working directory is outside.',
          right: true,
          because: 'A descriptor is a pointer that chroot does not touch. From there .. leads up.',
        },
        {
          text: 'Nothing: paths are checked against the root.',
          right: false,
          because: 'fchdir takes no path, so there is nothing to be resolved from the root.',
        },
        {
          text: 'It could be read, but not left through.',
          right: false,
          because: 'openat(2) with it reads any file below, and fchdir makes it the working directory.',
        },
      ],
    },
    {
      id: 'still-shared',
      text: 'Which of these does a program in chapter 1 have for itself?',
      answers: [
        { text: 'The host name.', right: false, because: 'Root in the jail can rename the machine.' },
        { text: 'Process numbers.', right: false, because: 'It can signal every process that its uid may signal.' },
        {
          text: 'The directory in which paths that begin with / start.',
          right: true,
          because: 'That, and its environment. All the rest is the host: isolation, not yet security.',
        },
        {
          text: 'The mount table.',
          right: false,
          because: 'What root mounts in the jail is mounted on the host, below the directory of the jail.',
        },
      ],
    },
  ],
}
