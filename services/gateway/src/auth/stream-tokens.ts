import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { AlertFilter } from '@vigil/shared/alerts/alert-filter';
import { keysOutOfReach } from '@vigil/shared/auth/key-verifier';
import { alertSeveritySchema } from '@vigil/shared/contracts';
import { ProblemError } from '@vigil/shared/http/problem';

/** What a token's holder may listen to, and until when. */
export interface TokenGrant {
  name: string;
  restriction: AlertFilter;
  expiresAtMs: number;
}

/** Claims of ours; the rest (`exp`, `nbf`, `iss`, `aud`) are checked by the library. `scope` must hold `stream`. */
const claimsSchema = z.object({
  sub: z.string().min(1).max(256),
  exp: z.number(),
  scope: z.string(),
  /** Alerts below this are kept from the holder. */
  vigil_min_severity: alertSeveritySchema.optional(),
  /** Only alerts of these log sources reach the holder. */
  vigil_sources: z.array(z.string()).optional(),
});

export interface TokenSettings {
  JWT_SECRET?: string | undefined;
  JWT_JWKS_URL?: string | undefined;
  JWT_ISSUER?: string | undefined;
  JWT_AUDIENCE?: string | undefined;
}

/**
 * Undefined for a token that is not valid.
 * @throws ProblemError 503 where its issuer does not tell his keys for now: refused, its holder would throw it away
 */
export type TokenVerifier = (token: string) => Promise<TokenGrant | undefined>;

/** Verifies JSON Web Tokens for the stream; undefined where the configuration names neither a secret nor a key set. */
export function createTokenVerifier(settings: TokenSettings): TokenVerifier | undefined {
  const { JWT_SECRET: secret, JWT_JWKS_URL: jwksUrl } = settings;
  const checks = {
    ...(settings.JWT_ISSUER === undefined ? {} : { issuer: settings.JWT_ISSUER }),
    ...(settings.JWT_AUDIENCE === undefined ? {} : { audience: settings.JWT_AUDIENCE }),
    clockTolerance: 5,
    requiredClaims: ['exp', 'sub', 'scope'],
  };
  // The kind of key fixes the algorithms: a public key must never be taken for an HMAC secret.
  const verifiers: ((token: string) => Promise<unknown>)[] = [];
  if (secret !== undefined) {
    const key = new TextEncoder().encode(secret);
    verifiers.push(async (token) => (await jwtVerify(token, key, { ...checks, algorithms: ['HS256'] })).payload);
  }
  if (jwksUrl !== undefined) {
    const keys = publishedKeys(new URL(jwksUrl));
    const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
    verifiers.push(async (token) => (await jwtVerify(token, keys, { ...checks, algorithms })).payload);
  }
  if (verifiers.length === 0) return undefined;
  return async (token) => {
    for (const verify of verifiers) {
      const claims = claimsSchema.safeParse(await verify(token).catch(onlyProblems));
      if (claims.success && claims.data.scope.split(' ').includes('stream')) return grantOf(claims.data);
    }
    return undefined;
  };
}

/** What is thrown where the keys were read and none of them fits. */
const UNFIT = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

function publishedKeys(url: URL): JWTVerifyGetKey {
  let keys = createRemoteJWKSet(url);
  let seenMs = -Infinity;
  return async (header, token) => {
    const nowMs = Date.now();
    // Its keys would be new to the library until a clock that was set back has caught up: one that was revoked would count for as long.
    if (nowMs < seenMs) keys = createRemoteJWKSet(url);
    seenMs = nowMs;
    try {
      return await keys(header, token);
    } catch (error) {
      throw UNFIT.some((unfit) => error instanceof unfit) ? error : keysOutOfReach('token');
    }
  };
}

/** @returns undefined for what is wrong with the token */
function onlyProblems(error: unknown): undefined {
  if (error instanceof ProblemError) throw error;
}

function grantOf(claims: z.infer<typeof claimsSchema>): TokenGrant {
  return {
    name: claims.sub,
    restriction: { min_severity: claims.vigil_min_severity, source: claims.vigil_sources },
    expiresAtMs: claims.exp * 1_000,
  };
}
