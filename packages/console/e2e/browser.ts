import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where Chromium is: CHROME_PATH, or where Debian and others put it. */
export function chromiumPath(): string | undefined {
  const { CHROME_PATH: given } = process.env;
  return [given, ...PLACES].find((place) => place !== undefined && place !== '' && existsSync(place));
}

/** The system's Chromium, told to talk to nobody but the page that it is sent to. */
export async function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
