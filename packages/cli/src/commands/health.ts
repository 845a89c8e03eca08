import { Command } from 'commander';
import { EXIT_FAILED } from '../exit.ts';

interface Answer {
  status: string;
  checks: { name: string; ok: boolean; reason?: string }[];
}

/** `vigil health`: asks running processes how they are; exit code 0 only where all are ready. */
export function healthCommand(): Command {
  return new Command('health')
    .description('ask running services for their health and readiness')
    .argument('[url...]', 'addresses', ['http://127.0.0.1:8080'])
    .action(async (urls: string[]) => {
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
      const answer = (await response.json()) as Answer;
      ok &&= response.ok;
      console.log(`${url.href}  ${answer.status}`);
      for (const check of answer.checks)
        console.log(`  ${check.ok ? 'ok  ' : 'FAIL'} ${check.name}${check.reason ? `: ${check.reason}` : ''}`);
    } catch (error) {
      ok = false;
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      console.log(`${url.href}  unreachable (${cause}); is Vigil running there?`);
    }
  }
  return ok;
}
