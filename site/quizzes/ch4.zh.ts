import type { Quiz } from '../.vitepress/theme/quiz/quiz.js'

export const quiz: Quiz = {
  questions: [
    {
      id: 'delete-below',
      text: '一个文件只在下层里有。你在 merged 里删掉它。upper 里有什么？',
      answers: [
        {
          text: '什么也没有：upper 里从来没有它。',
          right: false,
          because: '那它就还看得见。总得有什么说明它没了。',
        },
        {
          text: '一个同名的 whiteout：字符设备 0/0。',
          right: true,
          because: '下层的文件不能碰，只能盖住。',
        },
        {
          text: '它的一份副本，标记为已删除。',
          right: false,
          because: '删除不用复制。这个标记不需要内容。',
        },
      ],
    },
    {
      id: 'opaque',
      text: '先 rm -r /srv/public，再 mkdir /srv/public。下面各层在那里都有文件。新目录为什么是空的？',
      answers: [
        {
          text: '因为 rm 把它们从下层删掉了。',
          right: false,
          because: '下层只读，谁也删不了里面的东西。',
        },
        {
          text: '因为里面每一个都有 whiteout。',
          right: false,
          because: '这样也行。内核的做法更省：一个标记管全部。',
        },
        {
          text: '因为它标记为不透明：下面的一概不透出来。',
          right: true,
          because: '目录会合并。没有这个标记，它们就全回来了。',
        },
      ],
    },
    {
      id: 'chmod-cost',
      text: '某一层里有个 97 MB 的程序。容器对它做了 chmod 700，然后提交。新的一层有多大？',
      answers: [
        {
          text: '97 MB',
          right: true,
          because: 'copy-up 搬上来的是整个文件；层里装的是文件，不是文件里变了什么。',
        },
        {
          text: '几个字节：权限。',
          right: false,
          because: '开着 metacopy，磁盘上会是这样。可那样的层单独看不懂，所以我们关掉它。',
        },
        {
          text: '什么也没有：权限不属于层。',
          right: false,
          because: '属于，属主和时间也是。',
        },
      ],
    },
    {
      id: 'mv-exdev',
      text: '对来自下层的目录做 rename(2)，得到 EXDEV。mv 却照样成功。为什么？',
      answers: [
        {
          text: 'mv 是 root。',
          right: false,
          because: 'root 得到的也是 EXDEV。',
        },
        {
          text: 'mv 在跨磁盘移动时就认识这个错误，于是改为复制再删除。',
          right: true,
          because: '这样 upper 就装下了整个目录，旧的由一个 whiteout 盖住。',
        },
        {
          text: 'mv 写进了下层。',
          right: false,
          because: '谁都不能。',
        },
      ],
    },
    {
      id: 'why-diffid',
      text: '有个压缩得更好的工具重新上传了一个镜像。什么没有变？',
      answers: [
        {
          text: '各层的摘要。',
          right: false,
          because: '那是压缩后字节的摘要，字节变了。',
        },
        {
          text: '各个 diffID，因此还有配置的摘要。',
          right: true,
          because: 'tar 还是那个 tar，只是包装不同。',
        },
        {
          text: '清单的摘要。',
          right: false,
          because: '清单里列着各层的摘要和大小，它们都变了。',
        },
      ],
    },
    {
      id: 'why-chainid',
      text: '快照为什么按 chainID 查找，而不按 diffID？',
      answers: [
        {
          text: '因为两个层可能有同一个 diffID。',
          right: false,
          because: '只有内容相同才会这样，那正该共用。',
        },
        {
          text: '因为解包之前不知道 diffID。',
          right: false,
          because: '镜像配置里列着它们。',
        },
        {
          text: '因为一层解开后的样子取决于它下面是什么。',
          right: true,
          because: '同一个 whiteout，在这里删掉文件，在那里什么也不做。所以名字要指整摞。',
        },
      ],
    },
    {
      id: 'the-secret',
      text: '先 COPY .npmrc，再 RUN npm ci，再 RUN rm .npmrc。谁读得到那个 token？',
      answers: [
        {
          text: '拿到镜像的任何人。',
          right: true,
          because: '最后一层只是盖住它，COPY 产生的那层里永远有它。用 --mount=type=secret，哪一层都不会有。',
        },
        {
          text: '没有人：构建结束之前已经删了。',
          right: false,
          because: '从 merged 里删了。层只能添加。',
        },
        {
          text: '只有容器里的 root。',
          right: false,
          because: '在里面谁也看不到；在外面，层是个 tar，谁都能列出来。',
        },
      ],
    },
    {
      id: 'cache-order',
      text: '构建很慢。哪种次序更好，为什么？',
      answers: [
        {
          text: '先 COPY . .：一步放进所有文件。',
          right: false,
          because: '这样应用每改一行，后面所有步骤的键就都变了，安装也得重来。',
        },
        {
          text: '先 COPY package.json，安装，再 COPY . .',
          right: true,
          because: '每一行的键都含着前一行的键。常变的放在后面。',
        },
        {
          text: '没有区别：反正都按内容缓存。',
          right: false,
          because: '按内容，也按下面是什么。',
        },
      ],
    },
    {
      id: 'never-half',
      text: '加载一个 300 MB 的层时断电了。之后 images 会显示什么？',
      answers: [
        {
          text: '那个镜像，其中一层被截断。',
          right: false,
          because: '数据块完整了才看得见：先校验、落盘，然后改名。',
        },
        {
          text: '一个错误，直到修好存储。',
          right: false,
          because: '没什么可修的。写了一半的东西，在谁也不看的地方。',
        },
        {
          text: '和原先一样。',
          right: true,
          because: '名字最后才写，那时它指向的一切都已就位。',
        },
      ],
    },
  ],
}
