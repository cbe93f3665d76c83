import type { Quiz } from '../.vitepress/theme/quiz/quiz.js'

export const quiz: Quiz = {
  questions: [
    {
      id: 'believed',
      text: '按 标签做一次 pull。哪个应答没法用哈希核对？',
      answers: [
        { text: '各层：它们太大了。', right: false, because: '一边收就一边算了。' },
        { text: '配置：它只是 JSON。', right: false, because: '它和别的数据块 一样，清单里有它的摘要和大小。' },
        {
          text: '这个标签 代表哪个摘要。',
          right: true,
          because: '它上面没有别的了。这一条只能靠 TLS 和 registry 的信誉，或者由你自己写上摘要。',
        },
      ],
    },
    {
      id: 'first-word',
      text: '`ann/web` 指向哪里？',
      answers: [
        {
          text: '主机 ann。',
          right: false,
          because: '没有点、没有冒号、没有大写字母，也不是 localhost：所以它不是主机。',
        },
        { text: 'docker.io/ann/web:latest。', right: true, because: '主机和标签 由 Docker 补上。' },
        {
          text: 'docker.io/library/ann/web:latest。',
          right: false,
          because: '`library/` 只加在单独一个词的名字前面。',
        },
      ],
    },
    {
      id: 'lost-answer',
      text: '发一块数据时连接断了。客户端下一步做什么？',
      answers: [
        { text: '把同一块再发一遍。', right: false, because: '要是到了一部分，registry 已经走在前面：416。' },
        { text: '去问这次上传已经有多少。', right: true, because: '只有 registry 知道。它的 Range 说明从哪里接着发。' },
        { text: '从内核收下的最后一个字节之后接着发。', right: false, because: '内核收下不等于对方收到。' },
      ],
    },
    {
      id: 'answer-200',
      text: '要的是 `Range: bytes=1000-`，应答却是 200。正文里是什么？',
      answers: [
        { text: '从 1000 起的字节。', right: false, because: '那会是 206，并带 Content-Range。' },
        {
          text: '整个数据块。这里已有的要丢掉。',
          right: true,
          because: '服务器可以不理会 Range。谁把它接在后面，开头就有了两份。',
        },
        { text: '什么都没有：这是错误。', right: false, because: 'RFC 9110 允许这样。' },
      ],
    },
    {
      id: 'order',
      text: '为什么 push 最后才发清单？',
      answers: [
        { text: '因为之前不知道它的摘要。', right: false, because: '知道的：镜像早就打好了。' },
        {
          text: '这样就没有哪个名字会指向还不齐全的东西。',
          right: true,
          because: '此刻来 pull 的，得到旧镜像或新镜像，绝不会是半个。',
        },
        { text: '因为小的最后发。', right: false, because: '配置也小，却在它之前。' },
      ],
    },
    {
      id: 'mount-refused',
      text: '请求从一个你无权读取的仓库挂接数据块。为什么应答是 202，一次普通的上传？',
      answers: [
        {
          text: '因为 403 等于说那里有它。',
          right: true,
          because: '无权读取的人，也不该知道那里有什么。你要是有，自己发上来。',
        },
        { text: '因为挂接很慢。', right: false, because: '那只是一个链接，没有更快的了。' },
        { text: '因为 registry 还是会挂接。', right: false, because: '那样的话，知道摘要的人什么都能读。' },
      ],
    },
    {
      id: 'covers',
      text: '一个令牌给了 `repository:shop/web:pull`。它能做什么？',
      answers: [
        { text: '也能用于 shop/web-internal。', right: false, because: '名字要整个比较，不看开头。' },
        { text: '对 shop/web 做 pull，别的都不行。', right: true, because: '同一样东西，而且每个动作都要有。' },
        { text: '先 pull 过，就能 push shop/web。', right: false, because: '所要的每个动作都必须在里面。' },
      ],
    },
    {
      id: 'gc-race',
      text: 'HEAD 说数据块在，于是不发送。垃圾收集为什么必须知道这个 HEAD？',
      answers: [
        {
          text: '因为直到 push 的最后一个请求，都没有清单 提到它。',
          right: true,
          because: '照规则它是垃圾，可是有人指望着它。所以给它一份租约。',
        },
        { text: '因为读文件会锁住它。', right: false, because: 'HEAD 什么也不打开，Linux 也不在意。' },
        {
          text: '不必知道：清单会被拒绝。',
          right: false,
          because: '会被拒绝，于是谁都没做错，push 却失败了。要是早来一瞬，镜像就坏了。',
        },
      ],
    },
    {
      id: 'redirect',
      text: 'registry 对数据块的 GET 回答 307，指向一个对象存储。Authorization 头怎么办？',
      answers: [
        { text: '一起带去，不然对方会拒绝。', right: false, because: '那个地址本身已签名。而且对方会得到你的令牌。' },
        { text: '留下：它只是给 registry 的。', right: true, because: '凭据不发给另一个来源。' },
        { text: '不跟随重定向。', right: false, because: '会跟随几次。从 HTTPS 到明文 HTTP 则不会。' },
      ],
    },
  ],
}
