import type { Quiz } from '../.vitepress/theme/quiz/quiz.js'

export const quiz: Quiz = {
  questions: [
    {
      id: 'same-namespace',
      text: 'How do you find out whether two processes are in the same network namespace?',
      answers: [
        {
          text: 'Compare the links /proc/PID/ns/net: the same number is the same namespace.',
          right: true,
          because: 'The number in the brackets names the namespace, while it lives.',
        },
        {
          text: 'Compare what ip addr prints.',
          right: false,
          because: 'Two fresh network namespaces look alike, and are two.',
        },
        { text: 'They are if one is the parent of the other.', right: false, because: 'unshare may lie in between.' },
      ],
    },
    {
      id: 'why-private',
      text: 'The mount namespace is a copy. Why is / made private before anything is mounted?',
      answers: [
        {
          text: 'Because the copy has no rights to mount otherwise.',
          right: false,
          because: 'It may mount. That is the trouble: the mount propagates.',
        },
        {
          text: 'Because copies of shared mounts are peers, and what is mounted in one appears in all.',
          right: true,
          because: "So a container's /proc would cover the host's.",
        },
        {
          text: "Because the container would see the host's files otherwise.",
          right: false,
          because: 'It sees them with private mounts just the same, until pivot_root and umount.',
        },
      ],
    },
    {
      id: 'empty-proc',
      text: "Without that step a container mounts its proc and ends. Why is the host's /proc empty afterwards?",
      answers: [
        {
          text: 'The host sees the propagated mount, and that shows a pid namespace in which nobody lives any more.',
          right: true,
          because: 'The real /proc is still there, covered. umount /proc shows it again.',
        },
        {
          text: 'When the container ended, the kernel removed the mount.',
          right: false,
          because: "The container's copy went. Its peer on the host stayed.",
        },
        {
          text: 'The container deleted the files.',
          right: false,
          because: 'Files of proc cannot be deleted; they are made up when they are looked at.',
        },
      ],
    },
    {
      id: 'why-fork',
      text: 'After unshare(CLONE_NEWPID), which number does the caller have?',
      answers: [
        { text: '1, in the new namespace.', right: false, because: 'Its first child has.' },
        {
          text: 'The one it had: only children are born in the new namespace.',
          right: true,
          because: 'A pid never changes while a process lives. Hence the fork.',
        },
        { text: 'Two: the old one and 1.', right: false, because: 'Its child has two: 1 inside, another outside.' },
      ],
    },
    {
      id: 'proc-too-early',
      text: 'A program calls unshare with NEWPID and NEWNS, mounts a proc, and forks then. What does ps show in the child?',
      answers: [
        { text: 'Only the child.', right: false, because: 'For that the child has to mount it.' },
        {
          text: "The host's processes.",
          right: true,
          because: "A proc shows the pid namespace of who mounted it, and the caller was still in the host's.",
        },
        { text: 'Nothing, because /proc is empty.', right: false, because: 'It is full: of the wrong namespace.' },
      ],
    },
    {
      id: 'pivot-einval',
      text: 'pivot_root(".", ".") says EINVAL. The rootfs is bound onto itself, and "." was entered after that. What is most likely?',
      answers: [
        {
          text: 'The mount that holds the rootfs is shared.',
          right: true,
          because: 'pivot_root refuses what would propagate. MS_REC|MS_PRIVATE on / comes first.',
        },
        {
          text: 'put_old must be a directory of its own.',
          right: false,
          because: 'It may be the same directory: the old root is stacked on top, and umount(".") takes it off.',
        },
        { text: 'The caller is not root.', right: false, because: 'That would be EPERM.' },
      ],
    },
    {
      id: 'escape-again',
      text: "Chapter 1's escape ends in the container's own root. What stopped it?",
      answers: [
        { text: 'chroot is refused in a container.', right: false, because: 'It succeeds, as do all 64 chdir("..").' },
        {
          text: 'Nothing lies above: the host was unmounted from this mount namespace.',
          right: true,
          because: 'There is no guard to be tricked. There is nowhere to go.',
        },
        {
          text: 'pivot_root locks the working directory.',
          right: false,
          because: 'The working directory climbs freely, up to the root of the mount tree.',
        },
      ],
    },
    {
      id: 'user-first',
      text: "A uts namespace belongs to the host's user namespace. An ordinary user makes a new user namespace and is root in there: can they set the host name of that uts namespace?",
      answers: [
        {
          text: 'No: the capability must be held in the user namespace that owns the table.',
          right: true,
          because: 'That is why the user namespace is made first: then it owns the others.',
        },
        { text: 'Yes, root is root.', right: false, because: 'Only over what its own user namespace owns.' },
        {
          text: 'Yes, as soon as the id map is written.',
          right: false,
          because: 'The map says who you are, not what you own.',
        },
      ],
    },
    {
      id: 'uid-map',
      text: 'uid_map says "0 100000 65536". Who is uid 33 of the container on the host?',
      answers: [
        { text: '33', right: false, because: 'Then the container could touch the files of www-data.' },
        { text: '100033', right: true, because: '100000 + (33 - 0).' },
        { text: '65534, nobody', right: false, because: 'Nobody is who is not mapped; 33 is.' },
      ],
    },
    {
      id: 'not-yet-security',
      text: 'Root in a container without --userns: what can it still do to the host?',
      answers: [
        {
          text: 'Nothing: it has all eight namespaces but one.',
          right: false,
          because: 'Not everything in the kernel has a namespace.',
        },
        {
          text: 'Kill processes of the host.',
          right: false,
          because: 'They have no number in its pid namespace.',
        },
        {
          text: 'Write to /proc/sys/kernel/core_pattern, make device nodes, use up the memory.',
          right: true,
          because:
            'Isolation, not yet security: cgroups come with chapter 3, capabilities and masked paths with chapter 7.',
        },
      ],
    },
  ],
}
