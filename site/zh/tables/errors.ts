/** In Chinese, by error class and by exit code. */

export const errors: Readonly<Record<string, string>> = {
  NotFound: '所指的东西不存在',
  AlreadyExists: '要创建的东西已经存在',
  InvalidArgument: '要求本身说不通',
  FailedPrecondition: '要求合理，但机器目前的状态不允许',
  Unsupported: '这一章，或者这个内核，还不支持它',
  Unavailable: '所需的东西现在没有，以后也许会有',
}

export const exits: Readonly<Record<string, string>> = {
  '0 … 124': '程序自己的退出码',
  '125': 'mini-docker 自己失败了：没有运行任何程序',
  '126': '找到了程序，但不能执行',
  '127': '没有找到程序',
  '128 + n': '程序被信号 n 结束：137 是 SIGKILL，143 是 SIGTERM',
}
