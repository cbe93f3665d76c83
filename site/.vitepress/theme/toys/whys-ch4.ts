/** The reasons that plans of chapter 4 give, for readers of Chinese. */

export const whysOfCh4: Readonly<Record<string, string>> = {
  'one directory alone: there is nothing to merge': '只有一个目录：没有什么可合并的',
  'a view: nobody writes into a layer': '只是看一看：谁也不往层里写',
  'the layers are named from here: one page is all that mount(2) takes of options':
    '各层的名字从这里算起：mount(2) 的选项只有一页',
  'the layers as one tree: read from the topmost that has it, written into the uppermost':
    '各层合成一棵树：读，取最上面有它的那层；写，写进最顶上那层',
  "layers as they lie on the disk, root of the container the owner of what is root's":
    '磁盘上的各层原样不动，其中属于 root 的归容器里的 root',
  'pivot_root takes only a mount: the mapped tree is one': 'pivot_root 只收挂载：映射过的这棵树就是',
  'stand in it: who stood there before the mount would see what lies under it':
    '站到它里面：挂载之前就站在那里的，看到的是它下面的东西',
  'the image may name it without having it': '镜像可能写了它，里面却没有它',
}
