/** Commands of chapter 5 and their flags, in Chinese. `run` and `build` are chapter 4's, with two flags more. */

import { ofCh4 } from './cli-ch4.js'

const ofSeveral = '多平台镜像里选哪一个（默认：与这台机器相同）'
const onlyOne = '多平台镜像里只要这一个'
const asJson = '输出带版本号的 JSON'
const quiet = '只打印名字，不显示进度'
const where = 'registry 的镜像放在哪里（通常：registry，在 ch4 的镜像旁边）'
const bucket = 's3://BUCKET[/PREFIX][?endpoint=URL&region=NAME]，代替 --root；AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY'
const downloads = '同时取几个数据块（默认 3）'

const fromCh4 = Object.entries(ofCh4).flatMap(([key, text]) =>
  /^ch4 (?:run|build) --/.test(key) ? [[key.replace('ch4', 'ch5'), text]] : [],
)

export const ofCh5: Readonly<Record<string, string>> = {
  ...Object.fromEntries(fromCh4),

  'ch5 run': '运行一个镜像，与 ch4 相同；这里没有的，就去拉取。',
  'ch5 build': '照 Dockerfile 做出镜像，与 ch4 相同；FROM 说到而这里没有的，就去拉取。',
  'ch5 pull': '从 registry 取一个镜像：边来边核对，解开，最后才给它名字。',
  'ch5 push': '把镜像发到它名字所说的 registry：那边已有的不发。',
  'ch5 login': '记下一个 registry 的用户名和口令，前提是它认可；存在 docker 存的地方。',
  'ch5 logout': '忘掉一个 registry 的用户名和口令。',
  'ch5 tags': '一个仓库的全部标签。',
  'ch5 inspect': 'registry 在一个名字下有什么，不取它的层。',
  'ch5 copy':
    '在 registry、OCI 布局和归档之间复制镜像，一个字节都不变。可写：NAME[:TAG]、oci:DIR[:TAG]、oci-archive:FILE[:NAME]、docker-archive:FILE[:NAME]。',
  'ch5 delete': '从 registry 里拿掉一个标签，或者按摘要拿掉一份清单。',
  'ch5 artifacts': '仓库里有什么指向这个镜像：签名、成分清单。',
  'ch5 attach': '把一个文件放到仓库里的镜像旁边，作为指向它的 artifact。',
  'ch5 serve': '一个 registry：为所有来 push 和 pull 的人保管镜像，遵照 OCI 的 distribution-spec。',
  'ch5 gc': '在 registry 停着的时候，删掉没有镜像需要的东西。正在服务的 registry 自己会做。',

  '--pull': 'always、missing（默认）或 never',
  '--insecure-registry': '对那里，明文 HTTP 或没人认识的证书也行（这台机器自己：总是行）',
  'ch5 pull --all-tags': '仓库的每一个标签',
  'ch5 pull --platform': ofSeveral,
  'ch5 pull --all-platforms': '多平台镜像全要，不只是这台机器的',
  'ch5 pull --quiet': quiet,
  '--max-concurrent-downloads': downloads,
  'ch5 pull --registry-mirror': '取 docker.io 的镜像时先问它（默认：/etc/docker/daemon.json 里的 registry-mirrors）',
  'ch5 push --all-tags': '这个仓库在这里的每一个标签',
  'ch5 push --platform': onlyOne,
  'ch5 push --quiet': quiet,
  'ch5 push --max-concurrent-uploads': '同时发几个数据块（默认 5）',
  'ch5 login --username': '是谁（默认：它会问）',
  'ch5 login --password': '这台机器上谁都看得见：最好别用',
  'ch5 login --password-stdin': '口令就是 stdin 的内容',
  'ch5 tags --json': asJson,
  'ch5 inspect --raw': '清单或索引的原样字节；与 --config 连用则是配置',
  'ch5 inspect --config': '只要配置',
  'ch5 inspect --platform': ofSeveral,
  'ch5 inspect --json': asJson,
  'ch5 copy --platform': '多平台镜像里只要这一个（默认：全部）',
  'ch5 copy --quiet': quiet,
  'ch5 delete --force': '不能删标签的地方：删清单，连同它的全部标签',
  'ch5 artifacts --type': '只要这种 artifact',
  'ch5 artifacts --json': asJson,
  'ch5 attach --type': '它是哪种 artifact，一个媒体类型',
  'ch5 attach --annotation': '写进它的清单',
  'ch5 attach --quiet': quiet,
  'ch5 serve --listen': '在哪里（通常 127.0.0.1:5000；端口 0：任意空闲的）',
  'ch5 serve --root': where,
  'ch5 serve --storage': bucket,
  'ch5 serve --gc': '与 --storage 连用：清垃圾；只能用在没有人往这个存储桶的别的服务器推送的地方',
  'ch5 serve --htpasswd': '用户和他们的口令：htpasswd -B -c FILE USER',
  'ch5 serve --auth': '与 --htpasswd 连用：basic（通常），或 token，由它自己发放',
  'ch5 serve --token-key': '用它给令牌签名：几个 registry 要用同一个',
  'ch5 serve --policy': '谁可以在哪里 pull、push、delete：JSON',
  'ch5 serve --tls-cert': '用这张证书做 HTTPS，PEM',
  'ch5 serve --tls-key': '以及它的密钥',
  'ch5 serve --seed': '先放进 mini-docker 自己做的镜像：mini/base、mini/node、mini/web、mini/app',
  'ch5 serve --read-only': '只能 pull',
  'ch5 serve --quota': '每个仓库的上限：500m、20g',
  'ch5 serve --proxy': '那个 registry 的缓存：这里没有的，从那里取',
  'ch5 serve --gc-every': '每隔多久清一次垃圾和旧的上传（通常 60；0：从不）',
  'ch5 serve --gc-grace': '没人提到的东西留多久（通常 60）',
  'ch5 serve --upload-age': '没人接着做的上传留多久（通常 1440）',
  'ch5 serve --delete-untagged': '没有标签的镜像也算垃圾',
  'ch5 serve --log': '请求的日志，写到 stderr：text（通常）、json 或 none',
  'ch5 serve --grace': '被要求结束时，给正在进行的多少时间（通常 30）',
  'ch5 gc --root': where,
  'ch5 gc --storage': bucket,
  'ch5 gc --dry-run': '只说会删什么',
  'ch5 gc --grace': '比这更新的留着（通常 60）',
  'ch5 gc --delete-untagged': '没有标签的镜像也删',
  'ch5 gc --json': asJson,
}
