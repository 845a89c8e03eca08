import type { ParsedRequest } from '@vigil/shared/contracts';

/** A request whose writer logs whole URLs: scheme and host leave its target, and the host is its host. */
export function withoutOrigin(request: ParsedRequest): ParsedRequest {
  const origin = /^[a-z]{2,6}:\/\/([^/?#\s]{0,255})/i.exec(request.target);
  if (origin === null) return request;
  const target = request.target.slice(origin[0].length);
  return { ...request, target: target.startsWith('/') ? target : `/${target}`, host: origin[1]! };
}
