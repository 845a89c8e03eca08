import { readdirSync, readFileSync } from 'node:fs';
import { sample } from 'fast-check';
import { expect, test } from 'vitest';
import type { ParsedRequest } from '@vigil/shared/contracts';
import type { Engine } from '../index.ts';
import { requestOf } from '../rules/example-request.ts';
import { textLike } from '../testing/text-like.ts';

const TEXTS = 8;
/** Twenty thousand texts take both engines half a minute, and longer beside other tests. */
const LIMIT_MS = 240_000;
const FOLDER = new URL('./', import.meta.url);

/** What a regular expression in a source file looks like. */
const LITERAL = /(?<=[=(,:[?&|!{};\s])\/((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/[gimsuy]*/g;
const COMMENT = /\/\*[^]*?\*\/|^\s*\/\/.*$/gm;

/** Expressions as they stand in the detectors' files. */
function written(): string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => [...readFileSync(new URL(name, FOLDER), 'utf8').replace(COMMENT, '').matchAll(LITERAL)])
    .map(([, source]) => source!)
    .filter(isExpression);
}

/** Between two slashes there may be something else. */
function isExpression(source: string): boolean {
  try {
    return new RegExp(source, 'i').source !== '';
  } catch {
    return false;
  }
}

/** What `load` gives, and the expressions that are put together while it runs. */
async function assembled<Loaded>(load: () => Promise<Loaded>): Promise<{ loaded: Loaded; sources: string[] }> {
  const sources: string[] = [];
  const Original = RegExp;
  globalThis.RegExp = new Proxy(Original, {
    construct(target, args: [string | RegExp], newTarget) {
      sources.push(args[0] instanceof Original ? args[0].source : args[0]);
      return Reflect.construct(target, args, newTarget) as RegExp;
    },
  });
  try {
    return { loaded: await load(), sources };
  } finally {
    globalThis.RegExp = Original;
  }
}

/** Requests that hold a text where detectors look, alone and behind something. */
function requestsWith(text: string): ParsedRequest[] {
  return [text, `1${text}`].flatMap((value) => [
    requestOf({ target: `/x?f=${encodeURIComponent(value).replaceAll("'", '%27')}` }),
    requestOf({ userAgent: value }),
  ]);
}

// Gates are written beside detectors by hand: whoever adds an expression to one may forget the gate.
test('the gates of detectors open for whatever their expressions are made for', { timeout: LIMIT_MS }, async () => {
  const { loaded, sources } = await assembled(() => import('../index.ts'));
  const gated = loaded.createEngine();
  const plain = loaded.createEngine({ gated: false });
  const rules = (engine: Engine, request: ParsedRequest): Set<string> =>
    new Set(engine.inspect(request).matches.map((match) => match.rule));
  const hidden = new Map<string, string>();
  for (const source of new Set([...written(), ...sources]))
    for (const text of sample(textLike(source), TEXTS))
      for (const request of requestsWith(text))
        for (const rule of rules(plain, request).difference(rules(gated, request))) hidden.set(rule, text);
  expect(hidden).toEqual(new Map());
});
