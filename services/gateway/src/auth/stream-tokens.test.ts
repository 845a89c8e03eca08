import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, SignJWT, UnsecuredJWT, type JWTHeaderParameters } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { StreamDoor } from '../testing/stream-door.ts';
import { storeEvents } from '../testing/store-events.ts';
import { createTokenVerifier } from './stream-tokens.ts';

const SECRET = 'a secret of more than thirty-two characters';
const door = new StreamDoor();
beforeAll(() => door.setUp());
afterEach(() => door.stop());
afterAll(() => door.tearDown());

/** What opens a stream where the secret is the gateway's, unless claims or header say otherwise. */
function token(claims: Record<string, unknown> = {}, secret = SECRET, alg = 'HS256'): Promise<string> {
  return sign(new TextEncoder().encode(secret), { alg }, claims);
}

function sign(key: KeyObject | Uint8Array, header: JWTHeaderParameters, claims: Record<string, unknown> = {}) {
  return new SignJWT({ scope: 'stream', ...claims })
    .setProtectedHeader(header)
    .setSubject('partner')
    .setExpirationTime((claims['expires'] as string | undefined) ?? '1m')
    .sign(key);
}

const holding = (jwt: string) => ({ headers: { authorization: `Bearer ${jwt}` } });
const statusWith = (jwt: string): Promise<number> => door.statusOf('', holding(jwt));

/** A key of an issuer with the id under which it is published. */
const keyPair = (kid: string) => ({ kid, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) });
type KeyPair = ReturnType<typeof keyPair>;

const signedBy = ({ kid, privateKey }: KeyPair, claims?: Record<string, unknown>): Promise<string> =>
  sign(privateKey, { alg: 'ES256', kid }, claims);

/** An issuer's key set: its address, and what it answers. */
async function issuer(answer: () => { status?: number; body: string }): Promise<{ url: string; close: () => void }> {
  const server = createServer((_request, response) => {
    const { status = 200, body } = answer();
    response.writeHead(status).end(body);
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    close: () => void server.close(),
  };
}

const keySet = ({ kid, publicKey }: KeyPair) => ({
  body: JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256' }] }),
});

describe('JSON Web Tokens', () => {
  it('confine what is live and what is replayed, whatever the client asks for', async () => {
    const [kept] = await storeEvents(door.database, [
      { severity: 'HIGH', source: 'a.log' },
      { severity: 'MEDIUM', source: 'a.log' },
      { severity: 'HIGH', source: 'b.log' },
    ]);
    await door.start({ JWT_SECRET: SECRET });
    const confined = await token({ vigil_min_severity: 'HIGH', vigil_sources: ['a.log'] });
    const listener = await door.knock('?after=0&min_severity=LOW&source=a.log&source=b.log', holding(confined));
    await listener.until(() => listener.events('ping').length > 0, 'replay');
    expect(listener.seqs).toEqual([kept!.seq]);
    listener.send({ type: 'subscribe' });
    await listener.until(() => listener.events('subscribed').length > 0, 'subscription');
    const alerts = await storeEvents(door.database, [
      { severity: 'MEDIUM', source: 'a.log' },
      { severity: 'HIGH', source: 'b.log' },
      { severity: 'HIGH', source: 'a.log' },
    ]);
    await door.bus.publish(alerts);
    await listener.until(() => listener.seqs.length >= 2, 'live');
    expect(listener.seqs).toEqual([kept!.seq, alerts[2]!.seq]);
  });

  it('are refused where the signature, the time, the scope, the audience or the kind is wrong', async () => {
    await door.start({ JWT_SECRET: SECRET, JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'vigil' });
    const [iss, aud] = ['https://issuer.example', 'vigil'];
    expect(await statusWith(await token({ iss, aud }))).toBe(101);
    expect(await statusWith(await token({ iss, aud: ['other', aud] }))).toBe(101);
    expect(await statusWith(await token({ iss, aud }, `${SECRET}!`))).toBe(401);
    expect(await statusWith(await token({ iss, aud, expires: '-1m' }))).toBe(401);
    expect(await statusWith(await token({ iss, aud, scope: 'read streams' }))).toBe(401);
    expect(await statusWith(await token({ iss: 'https://other.example', aud }))).toBe(401);
    expect(await statusWith(await token({ iss, aud: 'another service' }))).toBe(401);
    expect(await statusWith(await token({ iss }))).toBe(401);
    expect(await statusWith(await token({ iss, aud }, SECRET, 'HS512'))).toBe(401);
    const unsigned = new UnsecuredJWT({ iss, aud, scope: 'stream', sub: 'x' }).setExpirationTime('1m').encode();
    expect(await statusWith(unsigned)).toBe(401);
  });

  it('end the stream that they opened when they end', async () => {
    await door.start({ JWT_SECRET: SECRET });
    // Clocks may differ by more than this.
    const listener = await door.knock('?control=1', holding(await token({ expires: '-1s' })));
    await listener.until(() => listener.closed !== undefined, 'close');
    expect(listener.closed?.code).toBe(4401);
    expect(listener.events('bye')[0]).toMatchObject({ reason: 'unauthorized' });
  });

  it('open nothing where none are configured, and never REST', async () => {
    await door.start();
    expect(await statusWith(await token())).toBe(401);
    expect((await fetch(`${door.url}/threats`, holding(await token()))).status).toBe(401);
  });
});

it('are good until the second that they name, each by its own issuer', async () => {
  const pair = keyPair('k1');
  const { url } = await issuer(() => keySet(pair));
  const verify = createTokenVerifier({ JWT_SECRET: SECRET, JWT_JWKS_URL: url })!;
  for (const jwt of [await token(), await signedBy(pair)])
    expect(await verify(jwt)).toMatchObject({ name: 'partner', expiresAtMs: decodeJwt(jwt).exp! * 1_000 });
  expect(await verify(await token({}, `${SECRET}!`))).toBeUndefined();
});

describe('JSON Web Tokens of an issuer', () => {
  it('are checked against the keys that it publishes', async () => {
    const pair = keyPair('k1');
    await door.start({ JWT_JWKS_URL: (await issuer(() => keySet(pair))).url });
    expect(await statusWith(await signedBy(pair))).toBe(101);
    // The public key is no secret: a token signed with it as if it were one must not pass.
    const confused = await token({}, pair.publicKey.export({ type: 'spki', format: 'pem' }).toString());
    expect(await statusWith(confused)).toBe(401);
    // Neither a key of its own, whatever id it gives it, nor one that the token brings along.
    const own = keyPair('own');
    for (const header of [{ kid: 'k1' }, { kid: '../../dev/null' }, { jwk: await exportJWK(own.publicKey) }])
      expect(await statusWith(await sign(own.privateKey, { alg: 'ES256', ...header }))).toBe(401);
  });

  it('are checked against the keys of now, also where the clock was set back', async () => {
    const pairs = [keyPair('old'), keyPair('new')] as const;
    let published: KeyPair = pairs[0];
    await door.start({ JWT_JWKS_URL: (await issuer(() => keySet(published))).url });
    const knockWith = async (pair: KeyPair): Promise<number> => statusWith(await signedBy(pair, { expires: '1d' }));
    const timeOfDay = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => timeOfDay() + 3_600_000);
    try {
      expect(await knockWith(pairs[0])).toBe(101);
    } finally {
      clock.mockRestore();
    }
    published = pairs[1];
    expect(await Promise.all(pairs.map(knockWith))).toEqual([401, 101]);
  });

  it.each([
    ['not there', undefined],
    ['in trouble', 502],
  ])('get no answer that makes their holder give up while it is %s', async (_what, status) => {
    const { url, close } = await issuer(() => ({ status: status ?? 200, body: 'no keys' }));
    if (status === undefined) close();
    await door.start({ JWT_JWKS_URL: url });
    const { refused } = await door.knock('', holding(await signedBy(keyPair('k1'))));
    expect(refused).toMatchObject({ status: 503 });
    expect(JSON.parse(refused!.body)).toMatchObject({
      title: 'Keys out of reach',
      retry_after_seconds: expect.any(Number),
    });
  });
});
