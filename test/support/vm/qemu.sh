# QEMU's emulation of a whole machine, with Debian's own kernel: every controller, several processors, and slow.

prepare() {
  installed /bin/busybox:busybox-static /usr/bin/qemu-system-x86_64:qemu-system-x86 /usr/bin/xz:xz-utils
  # the package linux-image-amd64 is empty, and depends on the newest kernel's
  kernel_package() { apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/ *Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1; }
  local package
  package=$(kernel_package)
  [ -n "$package" ] || { [ "$(id -u)" != 0 ] || apt-get update -qq >"$cache/apt.log" 2>&1; package=$(kernel_package); }
  [ -n "$package" ] || die "apt knows no package linux-image-amd64; apt-get update, if this is Debian"
  unpacked "$package"
  kernel=$cache/$package
  modules=$kernel/lib/modules
  [ -s "$(echo "$modules"/*/modules.dep)" ] || busybox depmod -b "$kernel" "$(ls "$modules")"
  [ -s "$kernel/vmlinux" ] || decompress
}

# Emulated, the kernel would take seconds to decompress itself: done here, once. Where the xz data lie in the bzImage stands
# in its header: Documentation/arch/x86/boot.rst, setup_sects (offset 0x1f1), payload_offset (0x248), payload_length (0x24c).
decompress() {
  local image start length
  image=$(echo "$kernel"/boot/vmlinuz-*)
  at() { od -An -t"u$2" -j"$1" -N"$2" "$image" | tr -d ' '; }
  start=$((($(at 0x1f1 1) + 1) * 512 + $(at 0x248 4)))
  length=$(($(at 0x24c 4) - 4)) # the last four bytes are the size of what comes out
  tail -c "+$((start + 1))" "$image" | head -c "$length" | xz -dc >"$kernel/vmlinux.part" || die "cannot decompress $image"
  mv "$kernel/vmlinux.part" "$kernel/vmlinux"
}

# In the order in which they need each other: files over 9p, terminals over virtio, the overlay.
drivers='netfs fscache 9pnet 9p virtio_ring virtio 9pnet_virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_console overlay'

# A first file system with busybox, the drivers, and guest.sh as its init.
build_guest() {
  local ram=$control/ram driver nine='mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288'
  mkdir -p "$ram"/{bin,drivers,host,mnt,proc,sys,dev}
  cp /bin/busybox "$ram/bin/"
  for driver in $drivers; do
    cp "$(find "$modules" -name "$driver.ko")" "$ram/drivers/" || die "the kernel has no module $driver"
  done
  {
    guest "host=/host modules='$modules'" \
      "mount_control='$nine control' mount_shared='$nine shared'" \
      '/bin/busybox --install -s /bin' \
      'mount -t proc proc /proc; mount -t devtmpfs dev /dev; mount -t sysfs sysfs /sys' \
      "for driver in $drivers; do insmod /drivers/\$driver.ko; done" \
      "$nine,ro,cache=loose host /host" \
      'out=$(echo /dev/vport?p1) err=$(echo /dev/vport?p2)'
    echo 'exec switch_root . /bin/busybox sh /run/guest-command $out $err </dev/null'
  } >"$ram/init"
  chmod +x "$ram/init"
  (cd "$ram" && find . | busybox cpio -o -H newc 2>/dev/null) >"$control/ram.cpio"
}

# boot WORD...: the machine, with these words before it
boot() {
  set -- "$@" qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu max -smp "$processors" -m "$memory" \
    -nodefaults -no-user-config -display none -no-reboot -serial stdio \
    -kernel "$kernel/vmlinux" -initrd "$control/ram.cpio" \
    -append 'console=ttyS0 loglevel=4 panic=-1 mitigations=off psi=1 no_timer_check'
  directory host / readonly=on
  directory control "$control"
  [ -z "$shared" ] || directory shared "$shared"
  exec "$@" "${directories[@]}" -device virtio-serial \
    -chardev file,id=out,path="$control/out" -device virtserialport,chardev=out,nr=1 \
    -chardev file,id=err,path="$control/err" -device virtserialport,chardev=err,nr=2
}

# directory NAME PATH [OPTION]: this machine's, for the guest to mount by its name
directories=()
directory() {
  directories+=(-fsdev "local,id=$1,security_model=none,multidevs=remap,path=$2${3:+,$3}" -device "virtio-9p-pci,fsdev=$1,mount_tag=$1")
}
