# User Mode Linux: a kernel that is a program. One processor, nearly as fast as this machine; needs neither root nor KVM.

prepare() {
  installed /bin/busybox:busybox-static /usr/bin/gcc:gcc /usr/include/stdlib.h:libc6-dev
  unpacked user-mode-linux
  local source=$here/uml-xstate.c
  [ "$cache/uml-xstate.so" -nt "$source" ] || gcc -O2 -shared -fPIC -o "$cache/uml-xstate.so" "$source" ||
    die "cannot compile $source"
}

# Its root file system is this machine's (hostfs), and its init a file of the control directory. The module for the overlay
# must be loaded before anything can be mounted with it.
build_guest() {
  local modules
  modules=$(echo "$cache"/user-mode-linux/usr/lib/uml/modules)
  {
    guest "host=/ modules='$modules' out=/dev/tty1 err=/dev/tty2" \
      "mount_control='mount -t hostfs -o $control none' mount_shared='mount -t hostfs -o $shared none'" \
      "/bin/busybox mount -t proc proc /proc" \
      "insmod $modules/*/kernel/fs/overlayfs/overlay.ko"
    echo 'pivot_root . mnt'
    echo 'exec sh -c "umount -l /mnt; . /run/guest-command" sh $out $err </dev/null'
  } >"$control/init"
  chmod +x "$control/init"
}

# boot WORD...: the machine, with these words before it. Terminal 0 is our stdout, 1 and 2 are the pipes.
boot() {
  set -- "$@" "$cache/user-mode-linux/usr/bin/linux.uml" mem="${memory}M" \
    rootfstype=hostfs rootflags=/ ro init="$control/init" devtmpfs.mount=0 \
    umid=uml uml_dir="$control/" con=null con0=null,fd:1 con1=null,fd:3 con2=null,fd:4 ssl=null loglevel=4
  export LD_PRELOAD=$cache/uml-xstate.so TMPDIR=/dev/shm # where its memory is a file
  # hostfs lets root write: with the mount read-only, root cannot either
  # shellcheck disable=SC2016
  [ "$(id -u)" != 0 ] || set -- unshare -m sh -c \
    '[ -z "$0" ] || mount --bind "$0" "$0"; mount -o remount,bind,ro / && exec "$@"' "$shared" "$@"
  exec "$@"
}
