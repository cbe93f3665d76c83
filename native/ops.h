/* The stage's op table: one line an op, in the order of core/plan/ops.ts (a test holds the two together).
 * OP(name, arguments): the C function is op_<name>, the arguments are what the encoder sends, in that order:
 *   i integer · s string or null · v string vector · b bytes */
#ifndef OPS_H
#define OPS_H

#define OPS(OP) \
  OP(yield, "ii")           /* turn, fd role that comes with the answer or -1: report it, wait for the host to send it back */ \
  OP(fault, "i")            /* errno: fail with it (tests put this in the place of a step) */ \
  OP(setns, "ii")           /* fd role, clone flags */ \
  OP(unshare, "i")          /* clone flags */ \
  OP(join, "si")            /* path of a namespace, its clone flag */ \
  OP(open_cgroup, "s")      /* directory of a cgroup: open it as fd role CGROUP */ \
  OP(fork, "i")             /* fd role of the cgroup to start in, or -1; from here on the child performs; the stage reports its pid and exits */ \
  OP(die_with_parent, "i")  /* signal */ \
  OP(setsid, "") \
  OP(sethostname, "s") \
  OP(setdomainname, "s") \
  OP(link_up, "s")          /* interface name */ \
  OP(write, "ss")           /* path as the stage sees it, data */ \
  OP(chroot, "s") \
  OP(chdir, "s") \
  OP(fchdir, "i")           /* fd role */ \
  OP(mkdir_plain, "si")     /* path relative to cwd, mode: ch1's escape, no root fd there */ \
  OP(propagation, "si")     /* path, mount flags (MS_REC|MS_PRIVATE …) */ \
  OP(bind_root, "s")        /* rootfs: bind it on itself */ \
  OP(mount_root, "sssis")   /* source, path as the stage sees it, fstype, mount flags, data: what becomes the root, before there is a root fd */ \
  OP(move_root, "is")       /* fd role of a detached tree, path to attach it to */ \
  OP(open_root, "s")        /* rootfs: open it as fd role ROOT */ \
  OP(mkdir, "si")           /* in-root path, mode */ \
  OP(mknod, "sii")          /* in-root path, mode with type, device number */ \
  OP(chown, "sii")          /* in-root path, uid, gid: of the name itself */ \
  OP(symlink, "ss")         /* what it holds, in-root path */ \
  OP(mount, "sssis")        /* source, in-root target, fstype, mount flags, data */ \
  OP(mount_copy_up, "ssisi") /* source, in-root target, mount flags, data, whether it is the directory's owner's: a tmpfs that begins with what that holds */ \
  OP(attach_mount, "s")     /* in-root target: the next of the detached mounts that came */ \
  OP(mount_setattr, "siii") /* in-root target, attributes set, attributes cleared, recursive */ \
  OP(console, "iii")        /* rows, columns, owner of the slave: open the pty in the container's devpts, send its master out */ \
  OP(pivot_root, "ss")      /* new root, put old */ \
  OP(umount, "si")          /* path as the stage sees it, flags */ \
  OP(setgroups, "b")        /* u32 gids */ \
  OP(setresgid, "i") \
  OP(setresuid, "i") \
  OP(umask, "i") \
  OP(drop_bounding, "i")    /* capabilities that stay in the bounding set */ \
  OP(keep_caps, "") \
  OP(capset, "iii")         /* effective, permitted, inheritable: bit n is capability n */ \
  OP(ambient, "i")          /* the ambient set */ \
  OP(no_new_privs, "") \
  OP(seccomp, "bi")         /* struct sock_filter[], flags of seccomp(2) */ \
  OP(mask, "s")             /* in-root path: cover it */ \
  OP(readonly_path, "s")    /* in-root path: a read-only copy on top of it */ \
  OP(setrlimit, "ib")       /* resource, struct rlimit64: soft and hard, u64 each */ \
  OP(scheduler, "b")        /* struct sched_attr */ \
  OP(io_priority, "i")      /* class and priority of ioprio_set(2) */ \
  OP(personality, "i")      /* PER_*: which Linux the program sees */ \
  OP(set_mempolicy, "ib")    /* mode with its flags, bit n of the bytes is memory node n; none: no mask */ \
  OP(session_keyring, "s")  /* its name: a session keyring of its own */ \
  OP(check_cwd, "s")        /* the directory that was asked for: the one that we stand in must lie below the root */ \
  OP(preserve_fds, "i")     /* how many: those that came behind the channel are moved to 3 and up, where the program looks for them */ \
  OP(lookup, "v")           /* candidates: the first that can be executed is what execve takes */ \
  OP(close_fds, "i")        /* from this fd on: close-on-exec */ \
  OP(supervise, "")         /* fork; the parent stays behind as init: reaps, forwards signals */ \
  OP(open_gate, "s")        /* directory with the exec fifo: open it as fd role GATE */ \
  OP(wait_gate, "s")        /* name of the fifo in there: wait until somebody reads it; from here on only a failure is reported, to it */ \
  OP(execve, "vv")          /* argv, envp */

enum op_number {
#define OP(name, arguments) OP_##name,
  OPS(OP)
#undef OP
  OP_COUNT
};

#endif
