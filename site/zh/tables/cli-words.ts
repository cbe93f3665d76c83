/** What many commands say alike, in Chinese. */

export const explainedAsJson = '与 --explain 连用：输出带版本号的 JSON'
export const forAnotherHost =
  '与 --explain 连用：为另一台机器制定计划，可以是 v1、v2、hybrid，或 doctor --facts 写成的文件'
