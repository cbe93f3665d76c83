/**
 * Where an object store is, and as whom: `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`, the rest from the environment by the
 * names that the AWS CLI has for it. Pure. Source: docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html.
 */

import { fail } from '#core/errors'

export interface S3Address {
  /** With the bucket: `https://bucket.s3.eu-central-1.amazonaws.com`, `http://127.0.0.1:9000/bucket`. */
  readonly endpoint: string
  readonly region: string
  /** Before every key; ends in a slash, or is empty. */
  readonly prefix: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** @throws MiniDockerError InvalidArgument, FailedPrecondition without credentials */
export function parseS3Address(text: string, env: Readonly<Record<string, string | undefined>>): S3Address {
  const [, bucket = '', path = '', query = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(\/[^?#]*)?(?:\?(.*))?$/.exec(text) ?? []
  const wrong = (why: string): never =>
    fail('InvalidArgument', { what: `storage '${text}'`, why, hint: 's3://BUCKET[/PREFIX][?endpoint=URL&region=NAME]' })
  if (bucket === '') return wrong('is no address of a bucket')
  const prefix = path.split('/').filter(part => part !== '')
  if (!prefix.every(part => /^[A-Za-z0-9_.-]+$/.test(part) && !/^\.+$/.test(part)))
    wrong('has a prefix with more than letters, digits and ._-')
  const options = new URLSearchParams(query)
  for (const name of options.keys())
    if (name !== 'endpoint' && name !== 'region') wrong(`has an option '${name}', which is unknown`)
  const region = options.get('region') ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1'
  const server = options.get('endpoint') ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL
  if (server !== undefined && !/^https?:\/\/[^/?#@]+(?:\/[^?#]*)?$/.test(server))
    wrong(`has an endpoint '${server}' that is no URL`)
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (!accessKeyId || !secretAccessKey) {
    return fail('FailedPrecondition', {
      what: `storage 's3://${bucket}'`,
      why: 'nobody says as whom',
      hint: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment',
    })
  }
  if (env.AWS_SESSION_TOKEN) {
    fail('Unsupported', { what: 'AWS_SESSION_TOKEN', why: 'is not supported', hint: 'use keys that last' })
  }
  return {
    endpoint:
      server === undefined ? `https://${bucket}.s3.${region}.amazonaws.com` : `${server.replace(/\/+$/, '')}/${bucket}`,
    region,
    prefix: prefix.map(part => `${part}/`).join(''),
    accessKeyId,
    secretAccessKey,
  }
}
