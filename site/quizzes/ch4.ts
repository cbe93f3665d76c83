import type { Quiz } from '../.vitepress/theme/quiz/quiz.js'

export const quiz: Quiz = {
  questions: [
    {
      id: 'delete-below',
      text: 'A file is in a lower layer only. You delete it in merged. What is in upper?',
      answers: [
        {
          text: 'Nothing: upper never had it.',
          right: false,
          because: 'Then it would still be seen. Somebody has to say that it is gone.',
        },
        {
          text: 'A whiteout by its name: a character device 0/0.',
          right: true,
          because: 'The lower file cannot be touched. It is covered.',
        },
        {
          text: 'A copy of it, marked as deleted.',
          right: false,
          because: 'Nothing is copied to delete it. The mark needs no content.',
        },
      ],
    },
    {
      id: 'opaque',
      text: 'rm -r /srv/public, then mkdir /srv/public. Lower layers have files in there. Why is the new directory empty?',
      answers: [
        {
          text: 'Because rm removed them from the lower layers.',
          right: false,
          because: 'Nothing removes anything there. They are read only.',
        },
        {
          text: 'Because every one of them has a whiteout in it.',
          right: false,
          because: 'It could be done so. The kernel is cheaper: one mark for all.',
        },
        {
          text: 'Because it is marked opaque: of those below nothing shows through.',
          right: true,
          because: 'Directories merge. Without the mark all of them would be back.',
        },
      ],
    },
    {
      id: 'chmod-cost',
      text: 'A layer holds a program of 97 MB. A container says chmod 700 on it, and is committed. How large is the new layer?',
      answers: [
        {
          text: '97 MB',
          right: true,
          because: 'Copy-up brings the whole file, and a layer holds files, not what changed in them.',
        },
        {
          text: 'A few bytes: the mode.',
          right: false,
          because:
            'With metacopy it would be so on disk. As a layer it could not be understood alone, so we switch that off.',
        },
        {
          text: 'Nothing: modes are not part of a layer.',
          right: false,
          because: 'They are, with owners and times.',
        },
      ],
    },
    {
      id: 'mv-exdev',
      text: 'rename(2) of a directory from a lower layer fails with EXDEV. mv works all the same. Why?',
      answers: [
        {
          text: 'mv is root.',
          right: false,
          because: 'Root gets EXDEV, too.',
        },
        {
          text: 'mv knows the error from moves between two disks, and copies and deletes instead.',
          right: true,
          because: 'So upper holds all of it then, and a whiteout covers the old one.',
        },
        {
          text: 'mv writes to the lower layer.',
          right: false,
          because: 'Nobody does.',
        },
      ],
    },
    {
      id: 'why-diffid',
      text: 'An image is pushed by a tool that compresses better. What stays the same?',
      answers: [
        {
          text: 'The digests of its layers.',
          right: false,
          because: 'They are of the compressed bytes, and those are others.',
        },
        {
          text: 'The diffIDs, and so the digest of the config.',
          right: true,
          because: 'The same tar, however it is wrapped.',
        },
        {
          text: 'The digest of the manifest.',
          right: false,
          because: "It lists the layers' digests and sizes, which are new.",
        },
      ],
    },
    {
      id: 'why-chainid',
      text: 'Why are snapshots found by chainID, and not by diffID?',
      answers: [
        {
          text: 'Because a diffID can belong to two layers.',
          right: false,
          because: 'Only if they hold the same. Then it is right to share it.',
        },
        {
          text: 'Because diffIDs are not known before unpacking.',
          right: false,
          because: 'The image config lists them.',
        },
        {
          text: 'Because what a layer looks like unpacked depends on what is below it.',
          right: true,
          because: 'The same whiteout removes a file here and nothing there. So the name is of the whole stack.',
        },
      ],
    },
    {
      id: 'the-secret',
      text: 'COPY .npmrc, then RUN npm ci, then RUN rm .npmrc. Who can read the token?',
      answers: [
        {
          text: 'Whoever has the image.',
          right: true,
          because:
            'The last layer covers the file. The one that COPY made has it for good. --mount=type=secret leaves it in none.',
        },
        {
          text: 'Nobody: it was removed before the build ended.',
          right: false,
          because: 'From merged. A layer can only add.',
        },
        {
          text: 'Only root inside of a container.',
          right: false,
          because: 'Inside it is not seen by anybody. Outside a layer is a tar that anyone can list.',
        },
      ],
    },
    {
      id: 'cache-order',
      text: 'A build takes long. Which order is better, and why?',
      answers: [
        {
          text: 'COPY . . first: all files in one step.',
          right: false,
          because: 'Each changed line of the app is then a new key for all that follows, the installing too.',
        },
        {
          text: 'COPY package.json, install, then COPY . .',
          right: true,
          because: 'The key of a line holds that of the line before. What changes often comes late.',
        },
        {
          text: 'It makes no difference: all is cached by content.',
          right: false,
          because: 'By content, and by what is below it.',
        },
      ],
    },
    {
      id: 'never-half',
      text: 'The machine loses power while a layer of 300 MB is loaded. What does images show afterwards?',
      answers: [
        {
          text: 'The image, with a layer that is cut off.',
          right: false,
          because: 'A blob is seen once it is whole: by a rename, after it was verified and on the disk.',
        },
        {
          text: 'An error, until the store is repaired.',
          right: false,
          because: 'There is nothing to repair. What was half-written lies where nobody looks.',
        },
        {
          text: 'What it showed before.',
          right: true,
          because: 'The name comes last, when all that it leads to is there.',
        },
      ],
    },
  ],
}
