/** Where the project lives. The owner is unknown to a tarball: a fork says it by SITE_REPOSITORY, Actions by GITHUB_REPOSITORY. */

const name = process.env.SITE_REPOSITORY ?? process.env.GITHUB_REPOSITORY ?? 'OWNER/mini-docker'

export const repositoryUrl = `https://github.com/${name}`

/** The path that the site is served below, with a slash at both ends. */
export const base = `/${process.env.SITE_BASE ?? ''}/`.replace(/\/+/g, '/')

/** The site's own address: what a sitemap and llms.txt need. Without SITE_URL, that of GitHub Pages. */
export const siteUrl = (process.env.SITE_URL ?? `https://${name.replace('/', '.github.io/')}`).replace(/\/*$/, '/')
