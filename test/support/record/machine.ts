/**
 * The machine on which everything is recorded: this one, seen from namespaces of its own, so that what is recorded does not
 * tell who recorded it where, and nothing of the real host is touched.
 *
 * Its host name is `host`, its eth0 leads to a network with nobody in it (TEST-NET-2, RFC 5737), process 1 is its own, `/` is shared as systemd makes
 * it, the places that mini-docker writes to are empty memory, and the top of each cgroup hierarchy is its own. The repository lies in
 * /opt/mini-docker; /srv/disk is a directory of a real disk.
 */

import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import { repository } from '#support/repository'
import { makeOwnCgroups } from './own-cgroups.js'

export const tools = [
  'unshare',
  'nsenter',
  'ip',
  'nft',
  'setpriv',
  'mount',
  'busybox',
  'ipcmk',
  'newuidmap',
  'curl',
] as const

/** What `ch1 escape` finds on the host, and nobody in a jail should. */
export const secret = { path: '/srv/secret.txt', text: 'this file is on the host' } as const
export const ordinaryUser = { name: 'ada', uid: 1000, home: '/home/ada' } as const
export const hostname = 'host'

const { name, uid, home } = ordinaryUser
const setUp = `
mount -t proc proc /proc
mount -t sysfs sysfs /sys
case "$CGROUPS" in
'') ;;
v2) mount -t cgroup2 cgroup2 /sys/fs/cgroup ;;
*) mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup ;;
esac
for controllers in \${CGROUPS#v2}; do
  mkdir /sys/fs/cgroup/$controllers
  mount -t cgroup -o $controllers cgroup /sys/fs/cgroup/$controllers
done
cp -a /etc "$1/etc"
for place in /var/lib /run /opt /srv /home /root; do mount -t tmpfs -o mode=755 tmpfs $place; done
mkdir -p /opt/mini-docker /opt/bin /srv/disk ${home} /run/user/${uid}
mount --bind "$2" /opt/mini-docker
mount --bind "$1/disk" /srv/disk
mv "$1/etc" /run/etc
mount --bind /run/etc /etc
printf 'root:x:0:0:root:/root:/bin/sh\\n${name}:x:${uid}:${uid}::${home}:/bin/sh\\nnobody:x:65534:65534::/:/bin/false\\n' >/etc/passwd
printf 'root:x:0:\\ntty:x:5:\\n${name}:x:${uid}:\\nnogroup:x:65534:\\n' >/etc/group
printf '${name}:200000:65536\\n' | tee /etc/subuid >/etc/subgid
printf 'nameserver 192.0.2.53\\n' >/etc/resolv.conf
chown ${uid}:${uid} ${home} /run/user/${uid}
chmod 700 /run/user/${uid}
echo '${secret.text}' >${secret.path}
printf '#!/bin/sh\\nexec node /opt/mini-docker/dist/mini-docker.cjs "$@"\\n' >/opt/bin/mini-docker
printf '#!/bin/sh\\nexec node /opt/mini-docker/dist/mini-runc.cjs "$@"\\n' >/opt/bin/mini-runc
printf '#!/bin/sh\\nexec "%s" "$@"\\n' "$3" >/opt/bin/node
chmod 755 /opt/bin/*
echo "import '/opt/mini-docker/dist/test/support/record/inside.js'" >/run/record.mjs
hostname ${hostname}
ip link set lo up
unshare --net sleep 1000000 &
outside=$!
while [ "$(readlink /proc/$outside/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do :; done
ip link add eth0 address 02:00:c6:33:64:02 type veth peer name eth0 netns $outside
echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6 || :
ip address add 198.51.100.2/24 dev eth0
ip link set eth0 up
nsenter --net --target $outside ip link set eth0 up
ip route add default via 198.51.100.1
mount --make-rshared /
cp "$0" /run/boot
exec sh /run/boot
`
/** Process 1: it stays, so that orphans have somebody to go to. */
const stay = 'cd /; node /run/record.mjs; exit $?'

/** What this machine lacks for it, null when nothing. */
export function missingForMachine(): string | null {
  if (process.platform !== 'linux') return 'Linux'
  if (process.geteuid!() !== 0) return 'root'
  const places = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']
  const missing = tools.find(tool => !places.some(place => fs.existsSync(`${place}/${tool}`)))
  if (missing !== undefined) return missing
  return fs.existsSync('/proc/self/ns/time') ? null : 'time namespaces'
}

export interface Order {
  /** Which recordings: `plans`, `namespaces`, `casts`, `cgroups`; with `times`, the durations of plans are measured again. */
  readonly what: readonly string[]
  /** Where the files go: the site's folder, or another that is laid out like it. */
  readonly into: string
  /** Of namespaces: how many random combinations are run; all of them when it is missing. */
  readonly sample?: number
}

/** Records on such a machine. @throws Error with what was said, when it did not come about */
export function recordOn(order: Order): void {
  const scratch = fs.mkdtempSync(`${os.tmpdir()}/mini-docker-record-`)
  fs.mkdirSync(`${scratch}/disk`)
  const cgroups = makeOwnCgroups()
  try {
    const boot = `${scratch}/boot`
    fs.writeFileSync(boot, `if [ $# = 0 ]; then ${stay}; fi\nset -e\n${setUp}`)
    const enter = `for at in ${cgroups.directories.join(' ')}; do echo $$ >$at/cgroup.procs; done; exec "$@"`
    const result = spawnSync(
      'sh',
      [
        ...[
          '-ec',
          enter,
          'sh',
          'unshare',
          ...(cgroups.hierarchies === 'v2' ? [] : ['--cgroup']),
          '--net',
          '--mount',
          '--uts',
          '--ipc',
          '--pid',
          '--fork',
          '--kill-child',
          '--propagation',
          'private',
        ],
        ...['sh', boot, scratch, repository, process.execPath],
      ],
      {
        env: {
          PATH: '/opt/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          HOME: '/root',
          // programs print what is mounted: ch2's are recorded without
          CGROUPS: order.what.includes('namespaces') ? '' : cgroups.hierarchies,
          MINI_DOCKER_RECORD: JSON.stringify(order),
          // else Node passes it on, and an ordinary user's terminal shows that the directory is root's
          NODE_V8_COVERAGE: '',
        },
        stdio: ['ignore', 'inherit', 'pipe'],
        encoding: 'utf8',
      },
    )
    if (result.status !== 0) throw new Error(`recording ended with ${result.status ?? result.signal}: ${result.stderr}`)
  } finally {
    cgroups.remove()
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}
