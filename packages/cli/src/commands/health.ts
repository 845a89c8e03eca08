import { Command } from 'commander';
import { printable } from '@vigil/shared/text/printable';
import { EXIT_FAILED } from '../exit.ts';
import { defaultServer, serverAddress } from '../server-address.ts';

interface Answer {
  status: string;
  checks: { name: string; ok: boolean; reason?: string }[];
}

/** `vigil health`: asks running processes how they are; exit code 0 only where all are ready. */
export function healthCommand(): Command {
  return new Command('health')
    .description('ask running services for their health and readiness')
    .argument('[url...]', 'addresses (VIGIL_URL)', [defaultServer()])
    .action(async (urls: string[]) => {
      for (const url of urls) serverAddress(url);
      const results = await Promise.all(urls.map((url) => printHealth(url)));
      if (results.includes(false)) process.exitCode = EXIT_FAILED;
    });
}

async function printHealth(base: string): Promise<boolean> {
  let ok = true;
  for (const path of ['health', 'ready']) {
    const url = new URL(path, base.endsWith('/') ? base : `${base}/`);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      const answer = answerIn(await response.text());
      ok &&= response.ok && answer !== undefined;
      console.log(
        printable(`${url.href}  ${answer?.status ?? `HTTP ${response.status}, no answer of a Vigil; is it there?`}`),
      );
      for (const check of answer?.checks ?? [])
        console.log(
          printable(`  ${check.ok ? 'ok  ' : 'FAIL'} ${check.name}${check.reason ? `: ${check.reason}` : ''}`),
        );
    } catch (error) {
      ok = false;
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      console.log(`${url.href}  unreachable (${cause}); is Vigil running there?`);
    }
  }
  return ok;
}

/** Undefined where somebody else answers: a proxy for one, or a Vigil at a path that it does not have. */
function answerIn(text: string): Answer | undefined {
  try {
    const answer = JSON.parse(text) as Partial<Answer> | null;
    return typeof answer?.status === 'string' && Array.isArray(answer.checks) ? (answer as Answer) : undefined;
  } catch {
    return undefined;
  }
}
