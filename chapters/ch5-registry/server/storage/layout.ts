/**
 * Where things are, as keys of a storage:
 *
 *     blobs/sha256/<hex>                                             bytes, verified, never changed: once, whoever has them
 *     repositories/<name>/_layers/sha256/<hex>                       this repository has that blob (empty)
 *     repositories/<name>/_manifests/revisions/sha256/<hex>          … that manifest (its media type)
 *     repositories/<name>/_manifests/tags/<tag>                      the digest that the tag stands for
 *     repositories/<name>/_manifests/referrers/<subject>/<hex>       a manifest about another one (its descriptor)
 *     repositories/<name>/_uploads/<id>                              on its way in: nobody reads it
 *     repositories/_registry/all/there                               a mark: repositories are listed (gc/all-there)
 *
 * No name of a repository begins with `_`, so nothing is in another's way. It is the layout of Docker's registry with fewer
 * levels: there each link is a directory with a file `link` in it, each blob one with a file `data`, and a tag keeps its past.
 * What a level less saves is one mkdir and one fsync of a directory at each push. Source: distribution's
 * registry/storage/paths.go.
 */

import { type Digest, hexOf } from '#core/spec/digest'

export const blobsPrefix = 'blobs/sha256/'
export const repositoriesPrefix = 'repositories/'

/** As deep as a repository's own things, and no repository: no name begins so. */
export const markName = '_registry'
export const markKey = `${repositoriesPrefix}${markName}/all/there`

export const blobKey = (digest: Digest): string => `${blobsPrefix}${hexOf(digest)}`

const inRepository = (name: string, rest: string): string => `${repositoriesPrefix}${name}/${rest}`

export const layersPrefix = (name: string): string => inRepository(name, '_layers/sha256/')
export const layerKey = (name: string, digest: Digest): string => `${layersPrefix(name)}${hexOf(digest)}`

export const manifestsPrefix = (name: string): string => inRepository(name, '_manifests/')
export const revisionsPrefix = (name: string): string => `${manifestsPrefix(name)}revisions/sha256/`
export const revisionKey = (name: string, digest: Digest): string => `${revisionsPrefix(name)}${hexOf(digest)}`

export const tagsPrefix = (name: string): string => `${manifestsPrefix(name)}tags/`
export const tagKey = (name: string, tag: string): string => `${tagsPrefix(name)}${tag}`

export const referrersPrefix = (name: string, subject: Digest): string =>
  `${manifestsPrefix(name)}referrers/${hexOf(subject)}/`
export const referrerKey = (name: string, subject: Digest, digest: Digest): string =>
  `${referrersPrefix(name, subject)}${hexOf(digest)}`

export const uploadsPrefix = (name: string): string => inRepository(name, '_uploads/')
export const uploadKey = (name: string, id: string): string => `${uploadsPrefix(name)}${id}`

/** No path is made of an upload's ID that is none of ours. */
export const isUploadId = (id: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
