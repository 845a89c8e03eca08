import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { generateTraffic } from '@vigil/traffic/generate-traffic';
import { testServices } from '@vigil/dev-services/test-services';
import type { Browser } from 'playwright-core';
import { chromiumPath, launchBrowser } from './browser.ts';
import { logLine } from './log-lines.ts';
import { KEY, startVigil, type RunningVigil } from './start-vigil.ts';

/** Pictures of the console for the documentation, from an hour of simulated traffic: `pnpm --filter @vigil/console screenshots`. */
const OUT = path.resolve(import.meta.dirname, '../../../docs/images');
const HOUR_MS = 3_600_000;
const LINES = 9_000;

const executable = chromiumPath();
if (executable === undefined) throw new Error('no Chromium here; set CHROME_PATH');
const { postgresUrl } = await testServices(['postgres']);
const vigil = await startVigil(postgresUrl);
const browser = await launchBrowser(executable);
try {
  await fill(vigil);
  mkdirSync(OUT, { recursive: true });
  await shoot(browser, vigil, { name: 'console-dark', colorScheme: 'dark', width: 1440, height: 900, event: false });
  await shoot(browser, vigil, { name: 'console-event', colorScheme: 'light', width: 1440, height: 1000, event: true });
  await shoot(browser, vigil, { name: 'console-phone', colorScheme: 'dark', width: 360, height: 740, event: false });
} finally {
  await browser.close();
  await vigil.stop();
}
process.exit(0);

async function fill(running: RunningVigil): Promise<void> {
  const startMs = Date.now() - HOUR_MS + 60_000;
  const rate = LINES / ((HOUR_MS - 90_000) / 1_000);
  const traffic = generateTraffic({ mode: 'mixed', attackShare: 0.02, seed: 11, startMs, rate });
  const lines = traffic.take(LINES).map(({ line }) => line);
  running.write(...lines, logLine('/search?q=%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(document.domain)%3E&page=1'));
  const headers = { 'x-api-key': KEY };
  for (;;) {
    const stats = (await (await fetch(`${running.url}/stats?range=1h`, { headers })).json()) as {
      pipeline: { read: number };
    };
    if (stats.pipeline.read > LINES) return;
  }
}

interface Shot {
  name: string;
  colorScheme: 'dark' | 'light';
  width: number;
  height: number;
  /** Of the newest event's page rather than of the feed. */
  event: boolean;
}

async function shoot(on: Browser, { url }: RunningVigil, shot: Shot): Promise<void> {
  const { name, colorScheme, width, height } = shot;
  const page = await on.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
  await page.goto(`${url}/#key=${encodeURIComponent(KEY)}`);
  await page.locator('.row').first().waitFor();
  await page.locator('.bar').first().waitFor();
  if (shot.event) {
    await page
      .locator('.row')
      .first()
      .click({ position: { x: 30, y: 10 } });
    await page.locator('.source-summary').waitFor();
    await page.mouse.move(2, 2);
  }
  await page.screenshot({ path: path.join(OUT, `${name}.png`) });
  await page.close();
}
