/** The error codes of the API, one table for both ends. Source: distribution-spec "Error Codes"; the last rows are Docker's. */

export interface ApiError {
  readonly code: ErrorCode
  readonly message: string
  readonly detail?: unknown
}

/** The HTTP status that usually carries it, and what it says. */
export const errorCodes = {
  BLOB_UNKNOWN: { status: 404, message: 'blob unknown to registry' },
  BLOB_UPLOAD_INVALID: { status: 400, message: 'blob upload invalid' },
  BLOB_UPLOAD_UNKNOWN: { status: 404, message: 'blob upload unknown to registry' },
  DIGEST_INVALID: { status: 400, message: 'provided digest did not match uploaded content' },
  MANIFEST_BLOB_UNKNOWN: { status: 404, message: 'manifest references a manifest or blob unknown to registry' },
  MANIFEST_INVALID: { status: 400, message: 'manifest invalid' },
  MANIFEST_UNKNOWN: { status: 404, message: 'manifest unknown to registry' },
  NAME_INVALID: { status: 400, message: 'invalid repository name' },
  NAME_UNKNOWN: { status: 404, message: 'repository name not known to registry' },
  SIZE_INVALID: { status: 400, message: 'provided length did not match content length' },
  UNAUTHORIZED: { status: 401, message: 'authentication required' },
  DENIED: { status: 403, message: 'requested access to the resource is denied' },
  UNSUPPORTED: { status: 405, message: 'the operation is unsupported' },
  TOOMANYREQUESTS: { status: 429, message: 'too many requests' },
  RANGE_INVALID: { status: 416, message: 'invalid content range' },
  TAG_INVALID: { status: 400, message: 'manifest tag did not match the grammar' },
  PAGINATION_NUMBER_INVALID: { status: 400, message: 'invalid number of results requested' },
  UNAVAILABLE: { status: 503, message: 'service unavailable' },
  STORAGE_FULL: { status: 507, message: 'the storage of the registry is full' },
  UNKNOWN: { status: 500, message: 'unknown error' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly message: string }>>

export type ErrorCode = keyof typeof errorCodes

export const errorBody = (...errors: readonly ApiError[]): string => `${JSON.stringify({ errors })}\n`

/** What a body says, however it is written; none for one that is no error document (a proxy's page). */
export function errorsIn(body: string): readonly { readonly code: string; readonly message: string }[] {
  let document: unknown
  try {
    document = JSON.parse(body)
  } catch {
    return []
  }
  const errors = (document as { errors?: unknown } | null)?.errors
  if (!Array.isArray(errors)) return []
  return errors.flatMap(error => {
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
    return typeof code === 'string' ? [{ code, message: typeof message === 'string' ? message : '' }] : []
  })
}
