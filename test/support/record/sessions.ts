/** The sessions of the site's casts, as data: what is typed, where one may stop and look, how long a reader needs. */

import { secret } from './machine.js'

export interface Both {
  readonly en: string
  readonly zh: string
}

export interface Typed {
  readonly type: string
  /** A place to jump to, before it is typed. */
  readonly marker?: Both
  /** Seconds to read what it printed; 1.2 when it is missing. */
  readonly rest?: number
  /** Of a job in the background: it is up when this command succeeds. */
  readonly isUp?: string
  /** Seconds for each line of output: to make a long print readable. */
  readonly pace?: number
}

export interface Session {
  readonly name: string
  readonly title: Both
  readonly user: 'root' | 'ordinary'
  /** Of its terminal: as many as it prints, 30 at most. */
  readonly rows: number
  readonly typed: readonly Typed[]
}

const { path } = secret

export const sessions: readonly Session[] = [
  {
    name: 'ch1-run',
    title: { en: 'A shell in a chroot jail', zh: 'chroot 牢里的 shell' },
    user: 'root',
    rows: 18,
    typed: [
      { marker: { en: 'On the host', zh: '在宿主机上' }, type: `cat ${path}` },
      { marker: { en: 'Into the jail', zh: '进牢' }, type: 'mini-docker ch1 run' },
      { type: 'ls /', rest: 1.8 },
      { type: `cat ${path}`, rest: 1.8 },
      { marker: { en: 'What is still shared', zh: '仍与宿主机共用的' }, type: 'hostname' },
      { type: 'ip -4 address | grep inet', rest: 2 },
      { type: 'exit' },
    ],
  },
  {
    name: 'ch1-escape',
    title: { en: 'Out of a chroot, and not out of a container', zh: '逃出 chroot，却逃不出容器' },
    user: 'root',
    rows: 22,
    typed: [
      { marker: { en: 'In the jail', zh: '在牢里' }, type: `mini-docker ch1 run cat ${path}`, rest: 1.6 },
      { marker: { en: 'The escape', zh: '逃逸' }, type: `mini-docker ch1 escape cat ${path}`, rest: 2.2 },
      {
        marker: { en: 'How', zh: '怎么做到的' },
        type: 'mini-docker ch1 escape --explain | cut -c11-100 | head -13',
        rest: 4,
        pace: 0.15,
      },
      {
        marker: { en: 'The same in ch2', zh: '同样的程序在 ch2 里' },
        type: `mini-docker ch2 escape cat ${path}`,
        rest: 2.5,
      },
    ],
  },
  {
    name: 'ch2-run',
    title: { en: 'A shell in a container', zh: '容器里的 shell' },
    user: 'root',
    rows: 30,
    typed: [
      { marker: { en: 'On the host', zh: '在宿主机上' }, type: 'hostname; ip -brief address' },
      { marker: { en: 'Into a container', zh: '进入容器' }, type: 'mini-docker ch2 run -it --name box' },
      { marker: { en: 'A name, processes, a network', zh: '自己的名字、进程和网络' }, type: 'hostname' },
      { type: 'ps', rest: 2 },
      { type: 'ip address', rest: 2 },
      { marker: { en: 'Mounts and devices', zh: '挂载与设备' }, type: 'mount | cut -d" " -f1-5', rest: 2.5 },
      { type: 'ls /dev', rest: 1.6 },
      { type: 'exit' },
    ],
  },
  {
    name: 'ch2-trace',
    title: { en: 'A container, step by step', zh: '一步一步，造出一个容器' },
    user: 'root',
    rows: 30,
    typed: [
      {
        marker: { en: 'The trace', zh: '轨迹' },
        type: 'mini-docker ch2 run --trace --name box -- true',
        pace: 0.2,
        rest: 3,
      },
      {
        marker: { en: 'Errors that were tolerated', zh: '被容忍的错误' },
        type: 'mini-docker ch2 run --trace --name box -- true 2>&1 | grep EEXIST',
        rest: 3,
      },
    ],
  },
  {
    name: 'ch2-rootless',
    title: { en: 'Root inside, an ordinary user outside', zh: '里面是 root，外面是普通用户' },
    user: 'ordinary',
    rows: 26,
    typed: [
      { marker: { en: 'Nobody in particular', zh: '一个普通用户' }, type: 'id' },
      { marker: { en: 'Root inside', zh: '容器里的 root' }, type: 'mini-docker ch2 run -it --name box' },
      { type: 'id', rest: 1.5 },
      { marker: { en: 'The map', zh: '映射表' }, type: 'cat /proc/self/uid_map', rest: 2.5 },
      { type: 'touch /tmp/mine; chown 7 /tmp/mine; ls -ln /tmp', rest: 2 },
      { type: 'mount -t tmpfs tmpfs /mnt && echo mounted', rest: 1.6 },
      { type: 'exit' },
      {
        marker: { en: 'Seen from outside', zh: '从外面看' },
        type: 'ls -ln .local/share/mini-docker/rootfs/default/tmp',
        rest: 3,
      },
    ],
  },
  {
    name: 'ch2-bridge',
    title: { en: 'Two containers on a bridge', zh: '网桥上的两个容器' },
    user: 'root',
    rows: 26,
    typed: [
      { marker: { en: 'Before', zh: '之前' }, type: 'ip -brief -4 address' },
      {
        marker: { en: 'A web server', zh: '一个 web 服务器' },
        type: 'mini-docker ch2 run --net bridge --init --name web httpd -f -h /etc &',
        isUp: "test $(ip -brief link | grep -c '^m.* UP ') = 2 && mini-docker ch2 exec web wget -qO- localhost/hostname",
        rest: 1,
      },
      { type: 'ip -brief link', rest: 2.6 },
      { type: 'mini-docker ch2 exec web ip -4 address show eth0', rest: 2.2 },
      {
        marker: { en: 'A second container asks it', zh: '第二个容器来访问它' },
        type: 'mini-docker ch2 run --net bridge -- wget -qO- http://172.30.0.2/hostname',
        rest: 2.5,
      },
      { marker: { en: 'Nothing is left', zh: '什么都不留下' }, type: 'kill %1; wait', rest: 1 },
      { type: 'ip -brief link', rest: 2 },
    ],
  },
  {
    name: 'ch3-limits',
    title: { en: 'Limits, and what meets them', zh: '限制，以及碰到限制的程序' },
    user: 'root',
    rows: 22,
    typed: [
      {
        marker: { en: 'Memory', zh: '内存' },
        type: 'mini-docker ch3 run --memory 64m tail /dev/zero; echo $?',
        rest: 1.6,
      },
      {
        marker: { en: 'Processes', zh: '进程' },
        type: "mini-docker ch3 run --pids-limit 4 sh -c 'for i in 1 2 3 4; do sleep 2 & echo $i; done'",
        rest: 1.6,
      },
      {
        marker: { en: 'Processor time', zh: '处理器时间' },
        type: "mini-docker ch3 run --init --name half --cpus 0.5 sh -c 'while :; do :; done' &",
        isUp: 'mini-docker ch2 exec half true',
        rest: 1,
      },
      { type: 'cat /sys/fs/cgroup/cpu/mini-docker/half/cpu.cfs_quota_us', rest: 1.6 },
      { type: 'kill %1; wait', rest: 1 },
      { marker: { en: 'Nothing is left', zh: '什么都不留下' }, type: 'ls -d /sys/fs/cgroup/*/mini-docker', rest: 1.5 },
    ],
  },
  {
    name: 'ch4-union',
    title: { en: 'A union by hand', zh: '手工做一次联合' },
    user: 'root',
    rows: 22,
    typed: [
      {
        marker: { en: 'Three directories', zh: '三个目录' },
        type: 'mkdir -p os/etc app/etc upper; echo welcome >os/etc/motd; echo port=80 >app/etc/server.conf',
        rest: 1.6,
      },
      {
        marker: { en: 'Merged', zh: '合并' },
        type: 'mini-docker ch4 union os app --upper upper -- ls etc',
        rest: 2,
      },
      {
        marker: { en: 'Write, delete', zh: '写入，删除' },
        type: "mini-docker ch4 union os app --upper upper -- sh -c 'rm etc/motd; echo port=8080 >etc/server.conf; ls etc'",
        rest: 2.5,
      },
      {
        marker: { en: 'What upper holds', zh: 'upper 里有什么' },
        type: "stat -c '%F  %n' upper/etc/*",
        rest: 3,
      },
      { marker: { en: 'Untouched', zh: '原封未动' }, type: 'cat os/etc/motd app/etc/server.conf', rest: 2.5 },
    ],
  },
  {
    name: 'ch4-build',
    title: { en: 'A build, and a build from the cache', zh: '一次构建，一次来自缓存的构建' },
    user: 'root',
    rows: 26,
    typed: [
      {
        marker: { en: 'A recipe', zh: '一份配方' },
        type: "printf 'FROM mini/base\\nRUN echo open >sign\\nCOPY menu .\\n' >Dockerfile; echo soup >menu",
      },
      { type: 'mini-docker ch4 build -q -t shop . >/dev/null' },
      { type: 'mini-docker ch4 run --rm shop cat sign menu', rest: 1.6 },
      { marker: { en: 'From the cache', zh: '来自缓存' }, type: 'echo cake >>menu' },
      { type: 'mini-docker ch4 build -t shop . 2>&1 | grep -B1 CACHED', rest: 2.5 },
    ],
  },
  {
    name: 'ch4-commit',
    title: { en: 'Change, look, commit', zh: '改动、查看、提交' },
    user: 'root',
    rows: 14,
    typed: [
      {
        marker: { en: 'A layer of its own', zh: '自己的一层' },
        type: "mini-docker ch4 run --name till mini/base sh -c 'rm /etc/hosts; echo open >/etc/motd'",
      },
      { type: 'mini-docker ch4 diff till', rest: 2.5 },
      { marker: { en: 'Committed', zh: '提交' }, type: 'mini-docker ch4 commit till shop >/dev/null' },
      { type: 'mini-docker ch4 run --rm shop cat /etc/motd', rest: 1.6 },
      {
        marker: { en: 'Below, untouched', zh: '下面的原封未动' },
        type: 'mini-docker ch4 run --rm mini/base ls /etc',
        rest: 2,
      },
    ],
  },
  {
    name: 'ch5-registry',
    title: { en: 'A registry, a pull and a push', zh: '一个 registry，一次拉取，一次推送' },
    user: 'root',
    rows: 30,
    typed: [
      {
        marker: { en: 'A registry', zh: '一个 registry' },
        type: 'mini-docker serve --seed >log 2>&1 &',
        isUp: "grep -q '^registry at' log",
        rest: 0.5,
      },
      {
        marker: { en: 'Pulled into an empty store', zh: '拉取到一个空的存储' },
        type: 'export MINI_DOCKER_ROOT=/srv/other; R=localhost:5000',
        rest: 0.5,
      },
      { type: 'mini-docker ch5 run --rm $R/mini/base head -1 /etc/os-release 2>&1 | cat', rest: 1.5 },
      {
        marker: { en: 'Pushed', zh: '推送' },
        type: 'mini-docker tag $R/mini/base $R/shop/web',
        rest: 0.3,
      },
      { type: 'mini-docker push --max-concurrent-uploads 1 $R/shop/web 2>&1 | cat', rest: 1.5 },
      {
        marker: { en: 'What was asked', zh: '问了些什么' },
        type: "sed 's/.* - //; s/ in=.*//; s/sha256[:%][^ &]*/sha256:…/' log",
        rest: 3,
      },
      { type: 'kill %1', rest: 0.3 },
    ],
  },
  {
    name: 'ch5-upload',
    title: { en: 'An upload that is gone on with, by hand', zh: '手工接着传一次上传' },
    user: 'root',
    rows: 18,
    typed: [
      {
        marker: { en: 'An upload is begun', zh: '开始上传' },
        type: 'mini-docker serve >log 2>&1 & U=localhost:5000/v2/web/blobs/uploads/',
        isUp: "grep -q '^registry at' log",
        rest: 0.3,
      },
      { type: 'head -c 5000 /dev/zero >layer', rest: 0.3 },
      { type: "at=$(curl -siX POST $U | sed -n 's/^location: \\(.*\\)\\r/localhost:5000\\1/p')", rest: 0.5 },
      {
        marker: { en: 'Only 2000 bytes arrive', zh: '只到了 2000 字节' },
        type: 'head -c 2000 layer | curl -sX PATCH --data-binary @- $at',
        rest: 0.5,
      },
      {
        marker: { en: 'How far did it come?', zh: '到哪里了？' },
        type: 'curl -si $at | grep range',
        rest: 1.5,
      },
      {
        marker: { en: 'The rest, and what it must be', zh: '余下的，以及它应是什么' },
        type: 'tail -c +2001 layer | curl -siX PUT --data-binary @- $at?digest=sha256:$(sha256sum layer | cut -c1-64) | head -1',
        rest: 2,
      },
      { type: 'kill %1', rest: 0.3 },
    ],
  },
  {
    name: 'ch7-lifecycle',
    title: { en: 'A container that is handed over', zh: '交到别人手里的容器' },
    user: 'root',
    rows: 16,
    typed: [
      {
        marker: { en: 'A bundle', zh: '一个 bundle' },
        type: 'mkdir b; ln -s $(mini-docker rootfs --path) b/rootfs; mini-runc spec -b b',
        rest: 0.4,
      },
      { type: `sed -i '4s/true/false/; s/"sh"/"sleep", "60"/' b/config.json`, rest: 0.4 },
      { marker: { en: 'Created', zh: '创建' }, type: 'mini-runc create -b b web', rest: 0.3 },
      { type: 'cd /run/mini-runc/containers/web; ls', rest: 0.8 },
      { marker: { en: 'Started', zh: '启动' }, type: 'mini-runc start web; ls', rest: 0.8 },
      { marker: { en: 'Too early', zh: '太早' }, type: 'mini-runc delete web', rest: 0.6 },
      { marker: { en: 'Killed, deleted', zh: '杀掉，删除' }, type: 'mini-runc kill web KILL; sleep 1', rest: 0.3 },
      { type: 'mini-runc state web | grep status', rest: 0.6 },
      { type: 'mini-runc delete web; ls', rest: 0.6 },
    ],
  },
]
