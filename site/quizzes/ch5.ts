import type { Quiz } from '../.vitepress/theme/quiz/quiz.js'

export const quiz: Quiz = {
  questions: [
    {
      id: 'believed',
      text: 'A pull by tag. Which answer cannot be checked by a hash?',
      answers: [
        { text: 'The layers: they are too large.', right: false, because: 'They are hashed while they come.' },
        {
          text: 'The config: it is only JSON.',
          right: false,
          because: 'It is a blob like any other. The manifest has its digest and size.',
        },
        {
          text: 'Which digest the tag stands for.',
          right: true,
          because:
            'There is nothing above it. For this one TLS and the registry’s good name must do, or you write the digest yourself.',
        },
      ],
    },
    {
      id: 'first-word',
      text: 'Where does `ann/web` lead?',
      answers: [
        {
          text: 'To the host ann.',
          right: false,
          because: 'It has no dot, no colon and no upper-case letter, and is not localhost: so it is no host.',
        },
        { text: 'To docker.io/ann/web:latest.', right: true, because: 'Host and tag are those that Docker adds.' },
        {
          text: 'To docker.io/library/ann/web:latest.',
          right: false,
          because: '`library/` is put only before a name of one word.',
        },
      ],
    },
    {
      id: 'lost-answer',
      text: 'The connection breaks while a chunk is sent. What does the client do next?',
      answers: [
        {
          text: 'It sends the same chunk again.',
          right: false,
          because: 'If part of it has arrived, the registry is further on: 416.',
        },
        {
          text: 'It asks the upload how much it has.',
          right: true,
          because: 'The registry alone knows. Its Range says where to go on.',
        },
        {
          text: 'It goes on behind the last byte that the kernel took.',
          right: false,
          because: 'Taken by the kernel is not arrived.',
        },
      ],
    },
    {
      id: 'answer-200',
      text: 'You ask for `Range: bytes=1000-`, and the answer is 200. What is in its body?',
      answers: [
        { text: 'The bytes from 1000 on.', right: false, because: 'That would be 206, with a Content-Range.' },
        {
          text: 'The whole blob. What is here is dropped.',
          right: true,
          because: 'A server may ignore Range. Who appended it would have the beginning twice.',
        },
        { text: 'Nothing: it is an error.', right: false, because: 'RFC 9110 allows it.' },
      ],
    },
    {
      id: 'order',
      text: 'Why does a push send the manifest last?',
      answers: [
        {
          text: 'Because its digest is not known before.',
          right: false,
          because: 'It is: the image was packed long ago.',
        },
        {
          text: 'So that no name leads to something that is not all there.',
          right: true,
          because: 'Who pulls at that moment gets the old image or the new one, never half of one.',
        },
        {
          text: 'Because small things are sent last.',
          right: false,
          because: 'The config is small, too, and is sent before.',
        },
      ],
    },
    {
      id: 'mount-refused',
      text: 'You ask to mount a blob from a repository that you may not read. Why is the answer 202, an ordinary upload?',
      answers: [
        {
          text: 'Because a 403 would say that it exists there.',
          right: true,
          because: 'Who may not read must not learn what is there. Send it yourself, if you have it.',
        },
        { text: 'Because mounts are slow.', right: false, because: 'They are a link. Nothing is faster.' },
        {
          text: 'Because the registry mounts it all the same.',
          right: false,
          because: 'Then everybody could read everything whose digest he knows.',
        },
      ],
    },
    {
      id: 'covers',
      text: 'A token grants `repository:shop/web:pull`. What is it good for?',
      answers: [
        {
          text: 'For shop/web-internal as well.',
          right: false,
          because: 'Names are compared whole, not by how they begin.',
        },
        {
          text: 'For pull of shop/web, and nothing else.',
          right: true,
          because: 'The same thing, and each of the actions.',
        },
        {
          text: 'For push of shop/web, as long as you pull before.',
          right: false,
          because: 'Every action that is asked for must be in it.',
        },
      ],
    },
    {
      id: 'gc-race',
      text: 'HEAD says that a blob is there, so it is not sent. Why must garbage collection know of this HEAD?',
      answers: [
        {
          text: 'Because no manifest names it until the last request of the push.',
          right: true,
          because: 'It would be garbage by the rule, and somebody relies on it. So it is leased.',
        },
        {
          text: 'Because reading a file locks it.',
          right: false,
          because: 'HEAD opens nothing, and Linux would not mind.',
        },
        {
          text: 'It need not: the manifest would be refused.',
          right: false,
          because:
            'It would, and the push would fail though nobody did anything wrong. If it came a moment earlier, the image would be broken.',
        },
      ],
    },
    {
      id: 'redirect',
      text: 'A registry answers GET of a blob with 307 to an object store. What happens to the Authorization header?',
      answers: [
        {
          text: 'It goes along, or the store would refuse.',
          right: false,
          because: 'The address itself is signed. And the store would have your token.',
        },
        {
          text: 'It stays behind: it was meant for the registry alone.',
          right: true,
          because: 'To another origin no credentials go.',
        },
        {
          text: 'The redirect is not followed.',
          right: false,
          because: 'It is, a few times. From HTTPS to plain HTTP it is not.',
        },
      ],
    },
  ],
}
