/** Commands of chapter 7 and their flags, in Chinese. */

export const ofCh7: Readonly<Record<string, string>> = {
  'ch7 seccomp': '显示一份 seccomp 配置变成了什么：内核在每次系统调用之前要问的那个程序。默认是 Docker 自己的配置。',
  'ch7 seccomp --profile': 'OCI config.json 里的那一份，linux.seccomp',
  'ch7 seccomp --cap': '用 Docker 的配置时：容器有的一项权能',
  'ch7 seccomp --bpf': '照内核收的样子写出程序，每条指令 8 字节',
  'ch7 try': 'mini-runc，里面换上你自己写的部分：它的任何命令，按 runc 的命令行。',
  'ch7 validate':
    '拿 OCI 规范的规则来检查一个 bundle、它的 config.json、一个镜像或一个镜像布局。每一条都写明位置和规范的章节；违反 MUST 时退出码是 1。',
  'ch7 validate --json': '把检查结果打印成 JSON，带版本号',
  'ch7 validate --strict': '警告（违反 SHOULD）也算错误',
  'ch7 validate --runtime': 'runtime 用：检查哪一个运行时，写路径或 PATH 里的名字（默认 mini-runc）',
  'ch7 validate --only': 'runtime 用：只做这一项检查',
  'ch7 validate --list': 'runtime 用：列出它的检查，以及它不问的东西',
  'ch7 validate --timeout': 'runtime 用：一项检查最多多久（默认 20 秒）',
}
