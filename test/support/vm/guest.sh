# Process 1 of the guest, up to the moment when the root changes. Before these lines stand (vm, uml.sh, qemu.sh):
#   host           where this machine's files are mounted, read-only     modules   its kernel's modules, as this machine names them
#   mount_control, mount_shared   commands that want a mount point       shared, tmpfs   of the command line
#   out, err       devices that lead to our stdout and stderr
# Its current directory is the new root in the end.

# This machine's files, with a layer on top that takes what is written.
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o "lowerdir=$host,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
cd /mnt/root || exit

# The kernel's own file systems, those that a booted system has.
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t devtmpfs dev dev
mkdir -p dev/pts dev/shm dev/mqueue lib/modules
mount -t devpts -o mode=620,ptmxmode=666 devpts dev/pts
mount -t mqueue mqueue dev/mqueue
[ -e dev/fd ] || { ln -s /proc/self/fd dev/fd && ln -s fd/0 dev/stdin && ln -s fd/1 dev/stdout && ln -s fd/2 dev/stderr; }
for directory in dev/shm run var/tmp $tmpfs; do
  mkdir -p "./$directory"
  mount -t tmpfs -o mode=1777 tmpfs "./$directory"
done
chmod 755 run

mkdir run/control
$mount_control run/control
[ -z "$shared" ] || $mount_shared ".$shared"
mount -o bind "$host$modules" lib/modules # this kernel's, not this machine's
[ -e sbin/modprobe ] || ln -s /bin/busybox sbin/modprobe
hostname vm
ifconfig lo up

# As systemd leaves it: every controller is enabled below the root, and nobody's command is in the root itself.
mount -t cgroup2 -o nsdelegate cgroup2 sys/fs/cgroup
for controller in $(cat sys/fs/cgroup/cgroup.controllers); do
  echo "+$controller" >sys/fs/cgroup/cgroup.subtree_control
done
mkdir sys/fs/cgroup/vm.scope

# What process 1 goes on with in the new root, given the two devices. The command writes to pipes, because a program that
# asks would take the devices for terminals.
cat >run/guest-command <<'END'
mkfifo /run/out /run/err
stty -F $1 raw -echo 2>/dev/null
stty -F $2 raw -echo 2>/dev/null
cat /run/out >$1 &
out=$!
cat /run/err >$2 &
err=$!
sh -c 'echo $$ >/sys/fs/cgroup/vm.scope/cgroup.procs; exec /bin/bash /run/control/command' </dev/null >/run/out 2>/run/err
echo $? >/run/control/code
(sleep 2; kill $out $err) 2>/dev/null & # what the command left running may hold the pipes open
wait $out $err
stty -F $1 raw 2>/dev/null # returns when all is written
stty -F $2 raw 2>/dev/null
poweroff -f
END
