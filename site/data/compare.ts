/**
 * Where the real ones do what we do: our function, a file of theirs with the function to look for, the man page. The paths were
 * read in each project's main branch on the day that the page names; a file moves more often than the idea in it.
 */

// cspell:words getcwd exeseal memfd

import { repositoryUrl } from '../.vitepress/repository.js'
import { manUrl } from './man-page.js'

const trees = {
  runc: 'https://github.com/opencontainers/runc/blob/main/',
  bubblewrap: 'https://github.com/containers/bubblewrap/blob/main/',
  containerd: 'https://github.com/containerd/containerd/blob/main/',
  moby: 'https://github.com/moby/moby/blob/master/',
  crun: 'https://github.com/containers/crun/blob/main/',
  conmon: 'https://github.com/containers/conmon/blob/main/',
  cgroups: 'https://github.com/opencontainers/cgroups/blob/main/',
  systemd: 'https://github.com/systemd/systemd/blob/main/',
  cni: 'https://github.com/containernetworking/plugins/blob/main/',
  umoci: 'https://github.com/opencontainers/umoci/blob/main/',
  distribution: 'https://github.com/distribution/distribution/blob/main/',
  reference: 'https://github.com/distribution/reference/blob/main/',
  tini: 'https://github.com/krallin/tini/blob/master/',
} as const

type Project = keyof typeof trees
/** A file of a project, and the name to search in it. */
type Place = readonly [project: Project, file: string, name: string]
export type Chapter = 'ch1' | 'ch2' | 'ch3' | 'ch4' | 'ch5' | 'ch7' | 'core'

interface Source {
  readonly chapter: Chapter
  readonly en: string
  readonly zh: string
  /** Our file, and what it exports. */
  readonly file: string
  readonly export: string
  readonly theirs: readonly Place[]
  readonly man: readonly string[]
}

const row = (
  chapter: Chapter,
  [en, zh]: readonly [string, string],
  ours: string,
  theirs: readonly Place[],
  ...man: readonly string[]
): Source => {
  const [file = '', name = ''] = ours.split('#')
  return { chapter, en, zh, file, export: name, theirs, man }
}

const init = 'libcontainer/init_linux.go'
const standardInit = 'libcontainer/standard_init_linux.go'
const rootfs = 'libcontainer/rootfs_linux.go'
const nsexec = 'libcontainer/nsenter/nsexec.c'

export const sources: readonly Source[] = [
  row(
    'ch1',
    ['take a directory for the root', '把一个目录当作根'],
    'chapters/ch1-chroot/enter-root.ts#enterRoot',
    [['runc', rootfs, 'chroot']],
    'chroot(2)',
  ),
  row(
    'ch1',
    ['groups, gid, uid, in that order', '附加组、gid、uid，依此顺序'],
    'chapters/ch1-chroot/become.ts#become',
    [
      ['runc', init, 'setupUser'],
      ['bubblewrap', 'bubblewrap.c', 'drop_privs'],
    ],
    'setgroups(2)',
    'setresuid(2)',
    'credentials(7)',
  ),
  row(
    'ch1',
    ['find the program while failing is still cheap', '趁失败的代价还小，先找到程序'],
    'chapters/ch1-chroot/find-program.ts#findProgram',
    [['runc', standardInit, 'LookPath']],
    'exec(3)',
  ),
  row(
    'ch1',
    ['close what it must not inherit, and become it', '关掉不该继承的，然后变成它'],
    'chapters/ch1-chroot/exec.ts#exec',
    [
      ['runc', 'libcontainer/utils/utils_unix.go', 'CloseExecFrom'],
      ['runc', standardInit, 'linux.Exec'],
      ['bubblewrap', 'bubblewrap.c', 'execvp'],
    ],
    'close_range(2)',
    'execve(2)',
  ),
  row(
    'ch2',
    ['make the namespaces', '创建各命名空间'],
    'chapters/ch2-namespaces/isolate.ts#isolate',
    [
      ['runc', nsexec, 'unshare'],
      ['bubblewrap', 'bubblewrap.c', 'clone_flags'],
    ],
    'unshare(2)',
    'namespaces(7)',
  ),
  row(
    'ch2',
    ['map the ids of a user namespace', '映射用户命名空间的 id'],
    'chapters/ch2-namespaces/map-ids.ts#mapIds',
    [
      ['runc', nsexec, 'update_uidmap'],
      ['bubblewrap', 'bubblewrap.c', 'write_uid_gid_map'],
    ],
    'user_namespaces(7)',
    'newuidmap(1)',
  ),
  row(
    'ch2',
    ['keep mounts from spreading to the host', '不让挂载传播到宿主机'],
    'chapters/ch2-namespaces/private-mounts.ts#privateMounts',
    [
      ['runc', rootfs, 'prepareRoot'],
      ['bubblewrap', 'bubblewrap.c', 'MS_SLAVE'],
    ],
    'mount_namespaces(7)',
  ),
  row(
    'ch2',
    ['change the root, and let the old one go', '换根，并放开旧根'],
    'chapters/ch2-namespaces/pivot-root.ts#pivotRoot',
    [
      ['runc', rootfs, 'pivotRoot'],
      ['bubblewrap', 'bubblewrap.c', 'pivot_root'],
    ],
    'pivot_root(2)',
  ),
  row(
    'ch2',
    ['mount /proc, /sys, /dev and volumes', '挂载 /proc、/sys、/dev 和卷'],
    'chapters/ch2-namespaces/mounts.ts#mounts',
    [
      ['runc', rootfs, 'mountToRootfs'],
      ['containerd', 'pkg/oci/mounts.go', 'defaultMounts'],
      ['moby', 'daemon/pkg/oci/defaults.go', 'DefaultLinuxSpec'],
    ],
    'mount(2)',
    'proc(5)',
  ),
  row(
    'ch2',
    ['device nodes', '设备节点'],
    'chapters/ch2-namespaces/devices.ts#devices',
    [['runc', rootfs, 'createDevices']],
    'mknod(2)',
    'null(4)',
  ),
  row(
    'ch2',
    ['make the root read-only, last', '最后把根变成只读'],
    'chapters/ch2-namespaces/seal.ts#seal',
    [['runc', rootfs, 'setReadonly']],
    'mount_setattr(2)',
  ),
  row(
    'ch2',
    ['a host name of its own', '自己的主机名'],
    'chapters/ch2-namespaces/hostname.ts#hostname',
    [
      ['runc', standardInit, 'Sethostname'],
      ['bubblewrap', 'bubblewrap.c', 'sethostname'],
    ],
    'sethostname(2)',
    'uts_namespaces(7)',
  ),
  row(
    'ch2',
    ['set its clocks', '拨它的时钟'],
    'chapters/ch2-namespaces/clocks.ts#clocks',
    [['runc', nsexec, 'update_timens_offsets']],
    'time_namespaces(7)',
  ),
  row(
    'ch2',
    ['bring its loopback up', '启用它的回环接口'],
    'chapters/ch2-namespaces/loopback.ts#loopback',
    [
      ['runc', 'libcontainer/network_linux.go', 'loopback'],
      ['bubblewrap', 'network.c', 'loopback_setup'],
    ],
    'network_namespaces(7)',
    'netdevice(7)',
  ),
  row(
    'ch2',
    ['a terminal of its own', '自己的终端'],
    'chapters/ch2-namespaces/terminal.ts#terminal',
    [['runc', init, 'setupConsole']],
    'pty(7)',
  ),
  row(
    'ch2',
    ['an init that reaps and forwards', '会回收僵尸进程、会转发信号的 init'],
    'chapters/ch2-namespaces/supervisor.ts#supervisor',
    [
      ['tini', 'src/tini.c', 'reap_zombies'],
      ['bubblewrap', 'bubblewrap.c', 'do_init'],
    ],
    'pid_namespaces(7)',
  ),
  row(
    'ch2',
    ['join a container that runs', '加入正在运行的容器'],
    'chapters/ch2-namespaces/join.ts#joinParts',
    [
      ['runc', nsexec, 'join_namespaces'],
      ['moby', 'daemon/exec_linux.go', 'execSetPlatformOpt'],
    ],
    'setns(2)',
  ),
  row(
    'ch2',
    ['a bridge, a veth pair, NAT', '网桥、veth 对、NAT'],
    'chapters/ch2-namespaces/network/bridge.ts#bridge',
    [['moby', 'daemon/libnetwork/drivers/bridge/bridge_linux.go', 'CreateEndpoint']],
    'veth(4)',
    'ip(8)',
    'nft(8)',
  ),
  row(
    'ch2',
    ['/etc/hosts and /etc/resolv.conf', '/etc/hosts 与 /etc/resolv.conf'],
    'chapters/ch2-namespaces/network/etc-files.ts#etcFiles',
    [
      ['moby', 'daemon/libnetwork/etchosts/etchosts.go', 'Build'],
      ['moby', 'daemon/libnetwork/internal/resolvconf/resolvconf.go', 'ResolvConf'],
    ],
    'hosts(5)',
    'resolv.conf(5)',
  ),
  row(
    'ch3',
    ['the directories of a cgroup', 'cgroup 的各个目录'],
    'chapters/ch3-cgroups/cgroup/make.ts#makeCgroup',
    [
      ['cgroups', 'fs2/create.go', 'CreateCgroupPath'],
      ['crun', 'src/libcrun/cgroup-cgroupfs.c', 'libcrun_cgroup_enter_cgroupfs'],
      ['systemd', 'src/core/cgroup.c', 'unit_update_cgroup'],
    ],
    'cgroups(7)',
  ),
  row(
    'ch3',
    ['controllers switched on from the top down', '从上往下打开控制器'],
    'chapters/ch3-cgroups/cgroup/shared-parents.ts#sharedParents',
    [
      ['cgroups', 'fs2/create.go', 'CreateCgroupPath'],
      ['crun', 'src/libcrun/cgroup-utils.c', 'enable_controllers'],
    ],
    'cgroups(7)',
  ),
  row(
    'ch3',
    ['limits on v2', 'v2 上的限额'],
    'chapters/ch3-cgroups/limits/v2.ts#limitsV2',
    [
      ['cgroups', 'fs2/fs2.go', 'Set'],
      ['crun', 'src/libcrun/cgroup-resources.c', 'update_cgroup_v2_resources'],
      ['systemd', 'src/core/cgroup.c', 'cgroup_context_apply'],
    ],
    'cgroups(7)',
    'systemd.resource-control(5)',
  ),
  row(
    'ch3',
    ['limits on v1', 'v1 上的限额'],
    'chapters/ch3-cgroups/limits/v1.ts#limitsV1',
    [
      ['cgroups', 'fs/fs.go', 'Set'],
      ['crun', 'src/libcrun/cgroup-resources.c', 'update_cgroup_v1_resources'],
    ],
    'cgroups(7)',
    'cpuset(7)',
  ),
  row(
    'ch3',
    ['shares as a weight', '份额换算成权重'],
    'chapters/ch3-cgroups/limits/cpu-weight.ts#weightOf',
    [
      ['cgroups', 'utils.go', 'ConvertCPUSharesToCgroupV2Value'],
      ['crun', 'src/libcrun/cgroup-utils.c', 'convert_shares_to_weight'],
    ],
    'sched(7)',
  ),
  row(
    'ch3',
    ['inside before the first instruction', '第一条指令之前就在里面'],
    'chapters/ch3-cgroups/cgroup/gate.ts#gate',
    [
      ['runc', 'libcontainer/process_linux.go', 'manager.Apply'],
      ['crun', 'src/libcrun/cgroup-setup.c', 'enter_cgroup'],
    ],
    'clone(2)',
    'cgroup_namespaces(7)',
  ),
  row(
    'ch3',
    ['devices: rules on v1, a program on v2', '设备：v1 上是规则，v2 上是程序'],
    'chapters/ch3-cgroups/limits/device-program.ts#deviceProgram',
    [
      ['cgroups', 'devices/devicefilter.go', 'deviceFilter'],
      ['crun', 'src/libcrun/ebpf.c', 'bpf_program_append_dev'],
      ['systemd', 'src/core/bpf-devices.c', 'bpf_devices_cgroup_init'],
    ],
    'bpf(2)',
  ),
  row(
    'ch3',
    ['limits of each process', '每个进程各自的限额'],
    'chapters/ch3-cgroups/limits/process-limits.ts#rlimits',
    [['runc', init, 'setupRlimits']],
    'getrlimit(2)',
    'proc_pid_oom_score_adj(5)',
  ),
  row(
    'ch3',
    ['bandwidth, at both ends of the cable', '带宽，在网线的两头'],
    'chapters/ch3-cgroups/network/bandwidth.ts#bandwidth',
    [['cni', 'plugins/meta/bandwidth/ifb_creator.go', 'CreateIngressQdisc']],
    'tc(8)',
    'tc-tbf(8)',
  ),
  row(
    'ch4',
    ['a stack of layers by one name', '一摞层，一个名字'],
    'chapters/ch4-images/snapshot/chain-id.ts#chainIds',
    [['containerd', 'core/unpack/unpacker.go', 'ChainID']],
  ),
  row(
    'ch4',
    ['blobs: ingest, verify, commit', '数据块：收进来、校验、提交'],
    'chapters/ch4-images/store/content.ts#',
    [['containerd', 'plugins/content/local/writer.go', 'Commit']],
    'fsync(2)',
    'rename(2)',
  ),
  row(
    'ch4',
    ['directories into overlay mount options', '若干目录变成 overlay 的挂载选项'],
    'chapters/ch4-images/snapshot/overlay-options.ts#overlayOptions',
    [['containerd', 'plugins/snapshots/overlay/overlay.go', 'mounts']],
    'mount(2)',
  ),
  row(
    'ch4',
    ['the root of a container, put together', '拼出容器的根目录'],
    'chapters/ch4-images/container/image-root.ts#imageRoot',
    [
      ['containerd', 'core/snapshots/snapshotter.go', 'Prepare'],
      ['moby', 'daemon/containerd/image_snapshot.go', 'PrepareSnapshot'],
    ],
    'mount(2)',
  ),
  row(
    'ch4',
    ['marks into files of a layer, and back', '标记变成层里的文件，再变回来'],
    'chapters/ch4-images/union/layer.ts#applyLayer',
    [
      ['containerd', 'pkg/archive/tar.go', 'applyNaive'],
      ['umoci', 'oci/layer/tar_extract.go', 'UnpackEntry'],
    ],
  ),
  row(
    'ch5',
    ['a name into host, repository, tag and digest', '名字拆成主机、仓库、标签和摘要'],
    'chapters/ch5-registry/reference/parse.ts#parseReference',
    [['reference', 'normalize.go', 'splitDockerDomain']],
  ),
  row(
    'ch5',
    ['after a 401: who are we, and where is the token', '401 之后：我们是谁，令牌在哪里'],
    'chapters/ch5-registry/client/auth/after-answer.ts#afterAnswer',
    [['containerd', 'core/remotes/docker/authorizer.go', 'AddResponses']],
  ),
  row(
    'ch5',
    ['a blob that is fetched, and gone on with', '取一个数据块，断了接着取'],
    'chapters/ch5-registry/client/transfer/fetch-blob.ts#fetchBlob',
    [['containerd', 'core/remotes/docker/httpreadseeker.go', 'Read']],
  ),
  row('ch5', ['a blob that is sent', '发一个数据块'], 'chapters/ch5-registry/client/transfer/push-blob.ts#pushBlob', [
    ['containerd', 'core/remotes/docker/pusher.go', 'push'],
  ]),
  row('ch5', ['garbage of a registry', 'registry 的垃圾'], 'chapters/ch5-registry/server/gc/decide.ts#garbageOf', [
    ['distribution', 'registry/storage/garbagecollect.go', 'MarkAndSweep'],
  ]),
  row(
    'ch7',
    ['what may be done in which state', '哪个状态下可以做什么'],
    'chapters/ch7-oci/lifecycle/reduce.ts#reduce',
    [['runc', 'libcontainer/state_linux.go', 'transition']],
  ),
  row(
    'ch7',
    ['the gate between create and start', 'create 与 start 之间的门'],
    'chapters/ch7-oci/lifecycle/exec-fifo.ts#gateParts',
    [
      ['runc', 'libcontainer/container_linux.go', 'handleFifo'],
      ['crun', 'src/libcrun/status.c', 'libcrun_status_write_exec_fifo'],
    ],
    'fifo(7)',
  ),
  row(
    'ch7',
    ['root in forty pieces', '四十份的 root'],
    'chapters/ch7-oci/process/capabilities.ts#capabilities',
    [
      ['runc', 'libcontainer/capabilities/capabilities.go', 'ApplyCaps'],
      ['crun', 'src/libcrun/linux.c', 'libcrun_set_caps'],
    ],
    'capabilities(7)',
  ),
  row(
    'ch7',
    ['a profile of system calls, as a filter', '一份系统调用的配置，变成过滤器'],
    'chapters/ch7-oci/seccomp/compile.ts#compile',
    [
      ['runc', 'libcontainer/seccomp/seccomp_linux.go', 'InitSeccomp'],
      ['crun', 'src/libcrun/seccomp.c', 'libcrun_generate_seccomp'],
    ],
    'seccomp(2)',
  ),
  row(
    'ch7',
    ['cover what is not to be seen', '盖住不该看见的'],
    'chapters/ch7-oci/filesystem/masks.ts#masks',
    [
      ['runc', rootfs, 'maskPaths'],
      ['crun', 'src/libcrun/linux.c', 'do_masked_or_readonly_path'],
    ],
    'move_mount(2)',
  ),
  row(
    'ch7',
    ['other people’s programs, at six moments', '别人的程序，六个时刻'],
    'chapters/ch7-oci/hooks/runtime-hooks.ts#runtimeHooks',
    [
      ['runc', 'libcontainer/configs/config.go', 'Run'],
      ['crun', 'src/libcrun/container.c', 'do_hooks'],
    ],
  ),
  row(
    'ch7',
    ['a working directory that lies in the container', '工作目录要在容器里'],
    'chapters/ch7-oci/process/check-cwd.ts#checkCwd',
    [['runc', init, 'verifyCwd']],
    'getcwd(2)',
  ),
  row(
    'ch7',
    ['a copy of the runtime that nobody can write to', '谁也写不进去的运行时副本'],
    'core/sys/spawn.ts#sealedCopy',
    [['runc', 'libcontainer/exeseal/cloned_binary_linux.go', 'CloneBinary']],
    'memfd_create(2)',
  ),
  row(
    'core',
    ['a small C program before the threads', '在有线程之前运行的一小段 C 程序'],
    'native/stage.c#',
    [
      ['runc', nsexec, 'nsexec'],
      ['crun', 'src/libcrun/linux.c', 'libcrun_run_linux_container'],
    ],
    'clone(2)',
  ),
  row(
    'core',
    ['the parent that stays beside a container', '留在容器旁边的父进程'],
    'native/monitor.c#',
    [
      ['conmon', 'src/conmon.c', 'main'],
      ['containerd', 'cmd/containerd-shim-runc-v2/task/service.go', 'processExits'],
    ],
    'PR_SET_CHILD_SUBREAPER(2const)',
  ),
  row(
    'core',
    ['what this machine can do', '这台机器能做什么'],
    'core/doctor/examine.ts#examine',
    [['moby', 'contrib/check-config.sh', 'check_flag']],
    'proc(5)',
  ),
]

interface Link {
  readonly text: string
  readonly url: string
}
export interface CompareRow {
  readonly chapter: Chapter
  readonly en: string
  readonly zh: string
  readonly ours: Link
  readonly theirs: readonly (Link & { readonly project: string; readonly name: string })[]
  readonly man: readonly Link[]
}

export const compareRows = (): CompareRow[] =>
  sources.map(({ chapter, en, zh, file, export: name, theirs, man }) => ({
    chapter,
    en,
    zh,
    ours: {
      text: name === '' ? file.slice(file.lastIndexOf('/') + 1) : name,
      url: `${repositoryUrl}/blob/main/${file}`,
    },
    theirs: theirs.map(([project, place, name]) => ({
      project,
      name,
      text: place.slice(place.lastIndexOf('/') + 1),
      url: `${trees[project]}${place}`,
    })),
    man: man.map(text => ({ text, url: manUrl(text) })),
  }))
