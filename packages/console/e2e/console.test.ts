import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildConsoleIfNeeded } from '@vigil/cli/embedded/build-console';
import { freePort } from '@vigil/dev-services/free-port';
import { testServices } from '@vigil/dev-services/test-services';
import { EmbeddedProcess } from '@vigil/e2e/embedded-process';
import { openDatabase } from '@vigil/shared/storage/database';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, launchBrowser } from './browser.ts';
import { logLine } from './log-lines.ts';
import { KEY, READ_ONLY_KEY, startVigil, type RunningVigil } from './start-vigil.ts';

const chromium = chromiumPath();
const where = chromium === undefined ? 'skipped: no Chromium here; install it or set CHROME_PATH' : 'in Chromium';
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const SQLI = '/item?id=1%27%20UNION%20SELECT%20password%20FROM%20users--';
const XSS = '/search?q=%3Cscript%3Ealert(1)%3C/script%3E';

/** Browsers on a busy machine take their time; every wait ends as soon as its condition holds. */
const PATIENCE_MS = 60_000;
const soon = { timeout: PATIENCE_MS };

describe.skipIf(chromium === undefined)(`the console (${where})`, { timeout: 4 * PATIENCE_MS }, () => {
  let vigil: RunningVigil;
  let postgresUrl: string;
  let browser: Browser;
  let context: BrowserContext;
  /** What a page must never do: run into its policy, throw, or ask anybody but the gateway. */
  let complaints: string[];

  beforeAll(async () => {
    [{ postgresUrl }] = await Promise.all([testServices(['postgres']), buildConsoleIfNeeded()]);
    // One that nobody else is given while the gateway is away.
    vigil = await startVigil(postgresUrl, await freePort());
    vigil.write(logLine(SQLI, { ip: '203.0.113.1' }), logLine(XSS, { ip: '203.0.113.2' }), logLine('/'));
    browser = await launchBrowser(chromium ?? '');
  });
  afterAll(async () => {
    await browser?.close();
    await vigil?.stop();
  });
  afterEach(async () => {
    await context.close();
    if (complaints.length > 0) throw new Error(`the page must not have: ${complaints.join('; ')}`);
  });

  async function open(path = '/', options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    context = await browser.newContext(options);
    complaints = [];
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(`threw ${error.message}`));
    page.on('dialog', (dialog) => complaints.push(`dialog ${dialog.message()}`));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/i.test(message.text())) complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(`${vigil.url}/`)) complaints.push(`asked ${request.url()}`);
      if (decodeURIComponent(request.url()).includes(KEY)) complaints.push(`key in ${request.url()}`);
    });
    await page.goto(`${vigil.url}${path}#key=${encodeURIComponent(KEY)}`);
    return page;
  }

  const row = (page: Page, text: string) => page.locator('.row', { hasText: text });
  const live = (page: Page) => page.locator('.stream-live').waitFor();

  it('takes the key from the fragment and leaves no trace of it in the address bar', async () => {
    const page = await open('/?range=6h');
    await row(page, '203.0.113.1').first().waitFor();
    expect(page.url()).toBe(`${vigil.url}/?range=6h`);
  });

  it('takes the key from a link that is opened in a tab that asks for one', async () => {
    const page = await open();
    await page.evaluate(() => sessionStorage.clear());
    await page.reload();
    await page.getByLabel('API key').waitFor();
    await page.goto(`${vigil.url}/#key=${encodeURIComponent(KEY)}`);
    await row(page, '203.0.113.1').first().waitFor();
    expect(page.url()).toBe(`${vigil.url}/`);
  });

  // The second holds a character that no request can carry.
  it.each(['vgl_wrong', 'vgl_wrong…'])('says so where the key is wrong: %s', async (wrong) => {
    const page = await open();
    await page.evaluate((key) => sessionStorage.setItem('vigil.key', key), wrong);
    await page.reload();
    await page.getByText('does not know this key').waitFor();
    await page.getByLabel('API key').fill(KEY);
    await page.keyboard.press('Enter');
    await row(page, '203.0.113.1').first().waitFor();
    expect(await page.locator('.sign-in').count()).toBe(0);
  });

  it('says so where the key may read and not listen', async () => {
    const page = await open();
    await page.goto(`${vigil.url}/#key=${READ_ONLY_KEY}`);
    await page.locator('.pill', { hasText: 'lacks the scope "stream"' }).waitFor();
    await row(page, '203.0.113.1').first().waitFor();
    expect(await page.locator('.pill-action').count()).toBe(0);
  });

  it('says so where it stumbles, and starts again', async () => {
    const page = await open();
    await live(page);
    await page.route('**/stats?*', (route) => route.fulfill({ json: {} }));
    await page.reload();
    await page.getByRole('alert').getByText('The console stumbled').waitFor();
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Load the console again' }).click();
    await row(page, '203.0.113.1').first().waitFor();
    expect(await page.getByText('The console stumbled').count()).toBe(0);
  });

  it('says so where what an address did cannot be read', async () => {
    const page = await open();
    await page.route('**/sources/*', (route) => route.fulfill({ status: 503, json: { detail: 'Away for now.' } }));
    await row(page, '203.0.113.1')
      .first()
      .click({ position: { x: 30, y: 10 } });
    const alert = page.locator('.source-card').getByRole('alert');
    await alert.getByText('Away for now.').waitFor();
    await page.unrouteAll();
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.source-summary').waitFor();
    expect(await alert.count()).toBe(0);
  });

  it('takes a filter that the gateway refuses for no outage', async () => {
    const page = await open('/?cidr=bogus');
    await page.locator('.pill', { hasText: 'The filter is not valid.' }).waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await live(page);
    await expect.poll(() => page.locator('.row').count(), soon).toBeGreaterThan(0);
  });

  it('shows an attack that was just written to the log, without being asked', async () => {
    const page = await open();
    await live(page);
    vigil.write(logLine(SQLI, { ip: '198.51.100.50' }));
    await row(page, '198.51.100.50').waitFor();
    await page.locator('.bar', { hasText: 'SQL injection' }).waitFor();
    await page.locator('.health', { hasText: /Lines read [1-9]/ }).waitFor();
    expect(await row(page, '198.51.100.50').count()).toBe(1);
  });

  it('treats every hostile string as text and shows what would deceive', async () => {
    const page = await open();
    await live(page);
    const payload = '<img src=x onerror=window.pwned=1>';
    vigil.write(
      logLine(
        `/${encodeURI('a')}/${payload.replaceAll(' ', '/')}?q=${payload.replaceAll(' ', '%20')}&file=../../../etc/passwd`,
        {
          ip: '198.51.100.66',
          agent: `${payload} \u202eevil\u202c`,
          referer: 'javascript:window.pwned=1',
        },
      ),
    );
    await row(page, '198.51.100.66')
      .first()
      .click({ position: { x: 30, y: 10 } });
    await page.locator('.why-card').waitFor();
    await page.locator('.facts', { hasText: payload }).waitFor();
    expect(await page.locator('.facts .esc', { hasText: '\\u202e' }).count()).toBe(1);
    expect(await page.locator('main img, main script, main iframe').count()).toBe(0);
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
  });

  it('shows what was logged in its order, whichever way its letters are read', async () => {
    vigil.write(
      logLine('/\u05d0/admin/\u05d1?id=1%27%20UNION%20SELECT%20password%20FROM%20users--', { ip: '203.0.113.71' }),
    );
    const page = await open('/?source_ip=203.0.113.71');
    const path = row(page, '203.0.113.71').locator('.row-path bdi').last();
    const lefts = await path.evaluate((element) => {
      const text = element.firstChild as Text;
      const range = document.createRange();
      return Array.from(text.data, (_, at) => {
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect().left;
      });
    });
    expect(lefts).toHaveLength(10);
    expect(lefts).toEqual(lefts.toSorted((a, b) => a - b));
  });

  it('marks in the line what matched, and says how it was decoded and how the score came about', async () => {
    const page = await open();
    await row(page, '203.0.113.1')
      .first()
      .click({ position: { x: 30, y: 10 } });
    await page.locator('.line .hit-exact').first().waitFor();
    const marked = (await page.locator('.line .hit-exact').allTextContents()).join('');
    expect(marked).toContain('UNION%20SELECT');
    await page.locator('.chain', { hasText: 'percent-decoded' }).first().waitFor();
    const amounts = await page.locator('.step-amount').allTextContents();
    const total = amounts.reduce((sum, text) => sum + Number(text.replace('−', '-')), 0);
    expect(total).toBeCloseTo(Number(await page.locator('.event-score-figure').textContent()), 1);
    await page.locator('.behaviour', { hasText: 'Requests' }).waitFor();
  });

  it('can be worked with by keyboard alone: filter, choose, open, review, back, pause', async () => {
    const page = await open();
    await live(page);
    await row(page, '203.0.113.2').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('ip:203.0.113.2 class:xss');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url(), soon).toContain('class=XSS&source_ip=203.0.113.2');
    await expect.poll(() => page.locator('.row').count(), soon).toBe(1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.locator('.row-selected').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.review-card').waitFor();
    await page.keyboard.press('n');
    await page.locator('.verdict-button[aria-pressed="true"]', { hasText: 'False positive' }).waitFor();
    await page.locator('.suppression pre', { hasText: 'classes: ["XSS"]' }).waitFor();
    await page.keyboard.press('Escape');
    // The browser goes back in its own time, and the view of an event knows other keys.
    await row(page, '203.0.113.2').waitFor();
    await page.keyboard.press('p');
    await page.locator('.stream-paused').waitFor();
    vigil.write(logLine(XSS, { ip: '203.0.113.2' }));
    await page.locator('.held', { hasText: '1 new' }).waitFor();
    expect(await page.locator('.row').count()).toBe(1);
    await page.keyboard.press('p');
    await expect.poll(() => page.locator('.row').count(), soon).toBe(2);
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
  });

  it('leaves keys of a single character alone where somebody turned them off, also after the page is loaded again', async () => {
    const page = await open();
    await row(page, '203.0.113.1').first().waitFor();
    await page.keyboard.press('?');
    await page.getByLabel('Use single-key shortcuts').uncheck();
    await page.keyboard.press('Escape');
    await page.reload();
    await row(page, '203.0.113.1').first().waitFor();
    for (const key of ['p', '2', '?', 'ArrowDown']) await page.keyboard.press(key);
    await page.locator('.row-selected').waitFor();
    expect(await page.getByRole('button', { name: 'Pause' }).getAttribute('title')).toBe('Pause');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await page.getByLabel('Use single-key shortcuts').check();
    await page.keyboard.press('Escape');
    await page.keyboard.press('p');
    await page.getByRole('button', { name: 'Resume' }).waitFor();
  });

  it('shows in the feed and of the source what was reviewed, whether an event was stored before or came live', async () => {
    const reviewed = { ip: '203.0.113.73' };
    vigil.write(logLine(XSS.replace('/search', '/stored'), reviewed));
    const page = await open('/?source_ip=203.0.113.73');
    await row(page, '/stored').waitFor();
    await page.reload();
    await row(page, '/stored').waitFor();
    await live(page);
    vigil.write(logLine(XSS.replace('/search', '/live'), reviewed));
    for (const path of ['/stored', '/live']) {
      await row(page, path).click({ position: { x: 30, y: 10 } });
      await page.getByRole('button', { name: 'False positive' }).click();
      await page.locator('.verdict-button[aria-pressed="true"]', { hasText: 'False positive' }).waitFor();
      const count = path === '/stored' ? 1 : 2;
      await page.locator('.source-summary', { hasText: `${count} reviewed as false` }).waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(() => row(page, path).locator('.verdict').textContent(), soon).toBe('false');
      // A row that was reviewed aligns with one that was not.
      const places = await page.locator('.row-ip, .row-path').evaluateAll((all) =>
        all.map((cell) => {
          const { x, y, height } = cell.getBoundingClientRect();
          const middle = y + height / 2 - (cell.parentElement?.getBoundingClientRect().y ?? 0);
          return `${Math.round(x)} ${Math.round(middle)}`;
        }),
      );
      expect(new Set(places).size).toBe(2);
      expect(new Set(places.map((place) => place.split(' ')[1])).size).toBe(1);
    }
  });

  it('shows in the feed what somebody else has judged since, once the events are read again', async () => {
    vigil.write(logLine(XSS, { ip: '203.0.113.74' }));
    const page = await open('/?source_ip=203.0.113.74');
    await row(page, '203.0.113.74').click({ position: { x: 30, y: 10 } });
    await page.getByRole('button', { name: 'False positive' }).click();
    await page.locator('.verdict-button[aria-pressed="true"]', { hasText: 'False positive' }).waitFor();
    const [id] = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(page.url())!;
    const judged = await fetch(`${vigil.url}/threats/${id}/review`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ verdict: 'true_positive', note: '' }),
    });
    expect(judged.status).toBe(200);
    await page.keyboard.press('Escape');
    await row(page, '203.0.113.74').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(' class:xss');
    await page.keyboard.press('Enter');
    await expect.poll(() => row(page, '203.0.113.74').locator('.verdict').textContent(), soon).toBe('confirmed');
  });

  it('takes the focus along from view to view', async () => {
    const page = await open('/?range=6h');
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    await row(page, '203.0.113.1').first().waitFor();
    expect(await focused()).toBeNull();
    await page.keyboard.press('j');
    await expect.poll(focused, soon).toMatch(/^(HIGH|MEDIUM) /);
    const link = await focused();
    await page.keyboard.press('Enter');
    await page.locator('.why-card').waitFor();
    await expect.poll(focused, soon).toBe('Event');
    await page.keyboard.press('Escape');
    await expect.poll(focused, soon).toBe(link);
    await page.getByRole('link', { name: 'Rules', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Rules', level: 1 }).waitFor();
    expect(await page.locator('.tab:focus').textContent()).toBe('Rules');
  });

  it('says what is wrong with what was typed, takes conditions back, and leaves keys of the browser alone', async () => {
    const page = await open('/?class=XSS&source_ip=203.0.113.2');
    await row(page, '203.0.113.2').first().waitFor();
    // Somebody copies: `c` alone clears the filter.
    await page.keyboard.press('Control+c');
    const box = page.getByRole('textbox', { name: 'Filter' });
    await box.fill('cidr:nowhere');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('“nowhere” is no network').waitFor();
    expect(await page.locator('.chip').count()).toBe(2);
    await box.fill('');
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.keyboard.press('Backspace');
    await expect.poll(() => page.url(), soon).toBe(`${vigil.url}/?class=XSS`);
    await page.getByRole('button', { name: 'Remove class XSS' }).click();
    await expect.poll(() => page.url(), soon).toBe(`${vigil.url}/`);
  });

  it('chooses and zooms into a part of the timeline by keyboard', async () => {
    const page = await open();
    await row(page, '203.0.113.1').first().waitFor();
    const chart = page.getByRole('slider', { name: 'Events over time' });
    await expect.poll(() => chart.getAttribute('aria-valuetext'), soon).toMatch(/ events in all$/);
    await chart.focus();
    const chosen = async () => Number(await chart.getAttribute('aria-valuenow'));
    const last = Number(await chart.getAttribute('aria-valuemax'));
    for (const [key, bar] of [
      ['Home', 0],
      ['ArrowRight', 1],
      ['End', last],
      ['ArrowLeft', last - 1],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(chosen, soon).toBe(bar);
    }
    await expect.poll(() => chart.getAttribute('aria-valuetext'), soon).toMatch(/: \d+ high, \d+ medium$/);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url(), soon).toContain('since=');
    await page.getByRole('button', { name: 'Leave the zoomed time' }).click();
    await live(page);
  });

  it('shows the same to whom a view is shared with', async () => {
    const page = await open('/?severity=HIGH&class=SQL_INJECTION&range=24h');
    await row(page, '203.0.113.1').first().waitFor();
    expect(await row(page, '203.0.113.2').count()).toBe(0);
    expect(await page.locator('.chip').count()).toBe(2);
    expect(await page.locator('.segment[aria-pressed="true"]').textContent()).toBe('24h');
    // Until there are figures of another range, those that are shown are marked as of the one before.
    const answered = Promise.withResolvers<void>();
    await page.route('**/timeline?*', async (route) => {
      await answered.promise;
      await route.continue();
    });
    await page.getByRole('button', { name: '7d' }).click();
    await page.locator('.overview[aria-busy="true"]').waitFor();
    answered.resolve();
    await page.locator('.overview[aria-busy="false"]').waitFor();
    await page.unrouteAll({ behavior: 'wait' });
  });

  it('shows why at a glance where the path has kilobytes, and copies the line where there is no secure clipboard', async () => {
    const logged = logLine(`/${'a'.repeat(7_000)}?q=%3Cscript%3Ealert(1)%3C/script%3E`, { ip: '203.0.113.70' });
    vigil.write(logged);
    const page = await open('/?source_ip=203.0.113.70', { timezoneId: 'Asia/Kolkata' });
    await page.evaluate(() => Reflect.deleteProperty(Navigator.prototype, 'clipboard'));
    await row(page, '203.0.113.70')
      .first()
      .click({ position: { x: 30, y: 10 } });
    const why = page.locator('.why-card');
    await why.waitFor();
    expect((await why.boundingBox())?.y).toBeLessThan(page.viewportSize()?.height ?? 0);
    const [line, hit] = [
      await page.locator('.line').boundingBox(),
      await page.locator('.hit-exact', { hasText: '%3Cscript' }).first().boundingBox(),
    ];
    expect((hit?.y ?? 0) + (hit?.height ?? 0)).toBeLessThanOrEqual((line?.y ?? 0) + (line?.height ?? 0));
    await page.getByText('GMT+5:30').waitFor();
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    await page.getByLabel('Note').focus();
    await page.keyboard.press('Control+V');
    expect(await page.getByLabel('Note').inputValue()).toBe(logged.slice(0, 2_000));
  });

  it('saves the events of a filter as CSV', async () => {
    const page = await open('/?source_ip=203.0.113.1');
    await row(page, '203.0.113.1').first().waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^vigil-events-\S+\.csv$/);
    const [head, ...records] = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(head).toMatch(/^"id","timestamp","severity",/);
    expect(records).toHaveLength(await page.locator('.row').count());
    for (const record of records) expect(record).toContain('203.0.113.1');
  });

  it('goes on where the browser says that it is offline, as without any network on the machine of the gateway', async () => {
    const page = await open();
    await live(page);
    await page.evaluate(() => dispatchEvent(new Event('offline')));
    await row(page, '203.0.113.1')
      .first()
      .click({ position: { x: 30, y: 10 } });
    await page.locator('.why-card').waitFor();
    expect(await page.evaluate(() => navigator.onLine)).toBe(true);
  });

  it('keeps all that it can do where it is enlarged to twice its size', async () => {
    const page = await open('/', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
    await row(page, '203.0.113.1').first().waitFor();
    expect(await page.getByRole('button', { name: 'Export' }).isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    const help = page.getByRole('dialog');
    const box = await help.getByRole('heading', { name: 'Keyboard' }).boundingBox();
    expect(box?.y).toBeGreaterThan((await help.boundingBox())?.y ?? 0);
    const terms = await help.locator('dt').evaluateAll((all) => all.map((term) => term.scrollWidth - term.clientWidth));
    expect(Math.max(...terms)).toBe(0);
  });

  it('says with the colours of the system what it says with its own', async () => {
    const page = await open('/', { forcedColors: 'active' });
    await row(page, '203.0.113.1')
      .first()
      .click({ position: { x: 30, y: 10 } });
    const backgrounds = await page
      .locator('.line .hit')
      .evaluateAll((hits) => hits.map((hit) => getComputedStyle(hit).backgroundColor));
    // One that lets another through has the contrast of neither.
    for (const background of backgrounds) expect(background).toMatch(/^rgb\(/);
    expect(new Set(backgrounds).size).toBe(2);
    await page.keyboard.press('Escape');
    const marked = page.locator('.segment[aria-pressed="true"]');
    expect(await marked.evaluate((segment) => getComputedStyle(segment).outlineStyle)).toBe('solid');
  });

  it('prints an event whole, dark on light, without what is clicked', async () => {
    vigil.write(logLine(`/${'a'.repeat(3_000)}?q=%3Cscript%3Ealert(1)%3C/script%3E`, { ip: '203.0.113.72' }));
    const page = await open('/?source_ip=203.0.113.72', { colorScheme: 'dark' });
    await row(page, '203.0.113.72').waitFor();
    await page.keyboard.press('t');
    await row(page, '203.0.113.72').click({ position: { x: 30, y: 10 } });
    await page.locator('.why-card').waitFor();
    await page.emulateMedia({ media: 'print', colorScheme: 'light' });
    const line = page.locator('.line');
    expect(await line.evaluate((p) => p.scrollHeight - p.clientHeight)).toBe(0);
    const ink = await page.locator('h1').evaluate((h1) => getComputedStyle(h1).color);
    expect(Math.max(...(ink.match(/\d+/g) ?? []).map(Number))).toBeLessThan(100);
    for (const place of ['.skip', '.topbar', '.health', '.review-buttons'])
      expect(await page.locator(place).isVisible()).toBe(false);
  });

  it('prints the live view no wider than the paper, and no sheets without rows', async () => {
    const page = await open();
    // No observer is told of the paper.
    await page.addInitScript(() =>
      Object.assign(window, {
        ResizeObserver: class {
          readonly observe = (): void => undefined;
          readonly unobserve = (): void => undefined;
          readonly disconnect = (): void => undefined;
        },
      }),
    );
    await page.reload();
    await page.locator('.chart canvas').waitFor();
    await row(page, '203.0.113.1').first().waitFor();
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 720, height: 1_000 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth), soon).toBe(720);
    const canvas = await page.locator('.chart canvas').boundingBox();
    expect((canvas?.x ?? 0) + (canvas?.width ?? 0)).toBeLessThanOrEqual(720);
    const [list, rows] = await page.evaluate(() =>
      ['.feed-rows', '.feed-item'].map((shown) =>
        Array.from(document.querySelectorAll(shown), ({ clientHeight }) => clientHeight).reduce(
          (sum, px) => sum + px,
          0,
        ),
      ),
    );
    expect(list).toBe(rows);
  });

  it('opens an event in a tab of its own where that is asked for', async () => {
    const page = await open('/?range=6h');
    const link = row(page, '203.0.113.1').first().getByRole('link');
    const [tab] = await Promise.all([context.waitForEvent('page'), link.click({ modifiers: ['Control'] })]);
    expect(tab.url()).toBe(new URL((await link.getAttribute('href')) ?? '', page.url()).href);
    expect(page.url()).toBe(`${vigil.url}/?range=6h`);
  });

  it('finds rules by what they are called, and sorts them', async () => {
    const page = await open('/?view=rules');
    const names = page.locator('.rules-table .rule-name code');
    await names.first().waitFor();
    await page.getByRole('searchbox', { name: 'Find a rule' }).fill('LOG4SHELL-look');
    await expect.poll(() => names.allTextContents(), soon).toEqual(['log4shell-lookup']);
    await page.getByRole('searchbox', { name: 'Find a rule' }).fill('no such rule');
    await page.getByText('No rule fits.').waitFor();
    await page.getByRole('searchbox', { name: 'Find a rule' }).fill('');
    const scores = async () => (await page.locator('td.col-score').allTextContents()).map(Number);
    await expect.poll(async () => (await scores()).length, soon).toBeGreaterThan(100);
    expect(await scores()).toEqual((await scores()).toSorted((a, b) => b - a));
    await page.getByRole('button', { name: 'Score' }).click();
    await page.locator('th.col-score[aria-sort="ascending"]').waitFor();
    expect(await scores()).toEqual((await scores()).toSorted((a, b) => a - b));
  });

  it('shows events on a tablet without being scrolled', async () => {
    const page = await open('/', { viewport: { width: 768, height: 1_024 } });
    await page.locator('.bar').first().waitFor();
    const box = await page.locator('.row').first().boundingBox();
    expect(box?.y).toBeLessThan(800);
  });

  it('zooms into the part of the timeline that was drawn over', async () => {
    const page = await open();
    await row(page, '203.0.113.1').first().waitFor();
    const box = await page.locator('.chart .u-over').boundingBox();
    if (box === null) throw new Error('no chart');
    await page.mouse.move(box.x + box.width * 0.8, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + 60, { steps: 4 });
    await page.mouse.move(box.x + box.width - 2, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.locator('.chip-zoom').waitFor();
    expect(page.url()).toMatch(/since=.*until=/);
    await page.getByRole('heading', { name: 'Events in the zoomed time' }).waitFor();
    await row(page, '203.0.113.1').first().waitFor();
  });

  for (const colorScheme of ['dark', 'light'] as const) {
    it(`has no serious accessibility problem on any page, ${colorScheme}`, async () => {
      const page = await open('/', { colorScheme, reducedMotion: 'reduce' });
      await row(page, '203.0.113.1').first().waitFor();
      const check = async (what: string): Promise<void> => {
        await page.evaluate(axeSource);
        const { violations } = await page.evaluate<AxeResults>('axe.run(document)');
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(serious.map((v) => `${what}: ${v.id} at ${v.nodes.map((n) => n.html).join(' | ')}`)).toEqual([]);
      };
      await check('live');
      await row(page, '203.0.113.1')
        .first()
        .click({ position: { x: 30, y: 10 } });
      await page.locator('.others, .source-summary').first().waitFor();
      await check('event');
      for (const [view, ready] of [
        ['Rules', '.rules-table'],
        ['Pipeline', '.versions'],
      ] as const) {
        await page.getByRole('link', { name: view, exact: true }).click();
        await page.locator(ready).waitFor();
        await check(view);
      }
      await page.getByRole('button', { name: 'Forget the key' }).click();
      await page.locator('.sign-in').waitFor();
      await check('sign-in');
    });
  }

  it('fits a phone of 360 pixels on every page', async () => {
    const page = await open('/', { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
    await row(page, '203.0.113.1').first().waitFor();
    expect(await page.getByRole('banner').getByRole('link', { name: 'Vigil', exact: true }).count()).toBe(1);
    const fits = async (what: string): Promise<void> => {
      expect([what, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([what, 360]);
    };
    await fits('live');
    await row(page, '203.0.113.1')
      .first()
      .tap({ position: { x: 100, y: 40 } });
    await page.locator('.why-card').waitFor();
    await fits('event');
    for (const view of ['Rules', 'Pipeline']) {
      await page.getByRole('link', { name: view, exact: true }).tap();
      await page.getByRole('heading', { name: view, level: 1 }).waitFor();
      await fits(view);
    }
  });

  it('shows what came before the stream first let it in, after what is stored was read', async () => {
    const page = await open();
    await live(page);
    let isAway = true;
    await page.routeWebSocket(/\/ws\/alerts/, (socket) => (isAway ? socket.close() : socket.connectToServer()));
    await page.reload();
    await row(page, '203.0.113.1').first().waitFor();
    vigil.write(logLine(SQLI, { ip: '203.0.113.77' }));
    const isStored = async () => {
      const answer = await page.request.get(`${vigil.url}/threats?source_ip=203.0.113.77`, {
        headers: { 'x-api-key': KEY },
      });
      return ((await answer.json()) as { threats: unknown[] }).threats.length > 0;
    };
    await expect.poll(isStored, soon).toBe(true);
    isAway = false;
    await live(page);
    await row(page, '203.0.113.77').first().waitFor();
  });

  it('says of a stream that falls silent, has lost alerts or ends for good what it says of itself', async () => {
    const page = await open();
    await live(page);
    let frames: object[] = [{ event: 'hello', cursor: 10, ping_interval_ms: 100 }];
    await page.routeWebSocket(/\/ws\/alerts/, (socket) =>
      frames.forEach((frame) => socket.send(JSON.stringify(frame))),
    );
    await page.reload();
    await page.locator('.pill-action[title="the gateway fell silent"]').waitFor();
    const hello = { event: 'hello', cursor: 10, ping_interval_ms: PATIENCE_MS };
    frames = [hello, { event: 'gap', from: 11, to: 15, reason: 'too_old' }];
    await page.locator('.feed-head .note', { hasText: '5 too old to be shown' }).waitFor();
    await live(page);
    await page.unrouteAll();
    await page.routeWebSocket(/\/ws\/alerts/, (socket) => {
      socket.send(JSON.stringify({ event: 'bye', reason: 'unauthorized', cursor: 15, retry_after_ms: 0 }));
      void socket.close();
    });
    await page.reload();
    await page.locator('.pill', { hasText: 'The key is no longer valid for the stream.' }).waitFor();
    expect(await page.locator('.pill-action').count()).toBe(0);
  });

  it('comes back after the gateway was away, with what it missed and nothing twice', async () => {
    const page = await open('/?path=/item');
    await live(page);
    await row(page, '203.0.113.1').first().waitFor();
    const before = await page.locator('.row').count();
    await vigil.stop();
    await page.locator('.stream-retrying').waitFor();
    const size = page.viewportSize();
    await page.setViewportSize({ width: 320, height: 640 });
    // While it tries there is nothing to press: found and measured in one step, or it may be gone in between.
    const measured = await page.waitForFunction(() => {
      const button = document.querySelector('.pill-action');
      return (
        button !== null &&
        [button, ...document.querySelectorAll('.topbar .icon-button')].map((each) => {
          const { top, right, bottom } = each.getBoundingClientRect();
          return { top, right, bottom };
        })
      );
    });
    const [again, others] = (await measured.jsonValue()) || [];
    expect(again?.right).toBeLessThan(320);
    expect(again?.top).toBeGreaterThanOrEqual(others?.bottom ?? Infinity);
    await page.setViewportSize(size!);
    // Said once: a countdown that is read out leaves room for nothing else.
    expect(await page.locator('.pill').ariaSnapshot()).not.toMatch(/\d/);
    vigil = await startVigil(postgresUrl, Number(new URL(vigil.url).port));
    vigil.write(logLine(SQLI, { ip: '198.51.100.99' }));
    await row(page, '198.51.100.99').waitFor();
    await live(page);
    vigil.write(logLine(SQLI, { ip: '198.51.100.98' }));
    await row(page, '198.51.100.98').waitFor();
    expect(await row(page, '198.51.100.99').count()).toBe(1);
    expect(await page.locator('.row').count()).toBe(before + 2);
  });

  it('comes back from an event to where the feed was left', async () => {
    // Earlier than the others, and elsewhere: they fill a page, and other tests look for theirs on the first one.
    const long = { ip: '203.0.113.60', atMs: Date.now() - 20 * 60_000 };
    vigil.write(...Array.from({ length: 60 }, (_, i) => logLine(SQLI.replace('/item', `/items/${i}`), long)));
    const page = await open('/?source_ip=203.0.113.60');
    const list = page.locator('.feed-rows');
    await list.waitFor();
    await expect.poll(() => list.evaluate(({ clientHeight }) => clientHeight), soon).toBeGreaterThan(2_000);
    await page.evaluate(() => scrollTo({ top: 900 }));
    for (const back of [() => page.keyboard.press('Escape'), () => page.locator('.back').click()]) {
      await page.locator('[data-index="20"] .row').click({ position: { x: 30, y: 10 } });
      await page.locator('.why-card').waitFor();
      expect(await page.evaluate(() => scrollY)).toBe(0);
      await back();
      await expect.poll(() => page.evaluate(() => scrollY), soon).toBe(900);
      await page.locator('.row-selected').waitFor();
    }
  });

  it('begins anew where the gateway has another database', async () => {
    const page = await open();
    await live(page);
    await page.locator('.row').first().waitFor();
    const port = Number(new URL(vigil.url).port);
    await vigil.stop();
    const another = new URL(postgresUrl);
    another.pathname += '_another';
    const database = await openDatabase(postgresUrl);
    await database.query(`create database "${another.pathname.slice(1)}"`);
    await database.close();
    vigil = await startVigil(another.href, port);
    try {
      await live(page);
      await page.getByText('Nothing to look at.').waitFor();
      vigil.write(logLine(SQLI, { ip: '198.51.100.97' }));
      await row(page, '198.51.100.97').waitFor();
      expect(await page.locator('.row').count()).toBe(1);
      expect(await page.locator('.feed-head .note').count()).toBe(0);
    } finally {
      await vigil.stop();
      vigil = await startVigil(postgresUrl, port);
    }
  });

  it('is what `vigil serve` shows at the link that it prints', async () => {
    const home = mkdtempSync(join(tmpdir(), 'vigil-serve-'));
    const log = join(home, 'access.log');
    writeFileSync(log, '');
    const served = new EmbeddedProcess(join(home, 'data'), [log]);
    try {
      await served.start();
      context = await browser.newContext();
      complaints = [];
      context.setDefaultTimeout(PATIENCE_MS);
      const own = await context.newPage();
      // Where no terminal shows it, a command that gives it.
      const link = /^ *console +(echo .+)$/m.exec(served.output)?.[1] ?? '';
      await own.goto(execFileSync('sh', ['-c', link], { encoding: 'utf8' }).trim());
      await live(own);
      appendFileSync(log, `${logLine(SQLI, { ip: '198.51.100.42' })}\n`);
      await row(own, '198.51.100.42').waitFor();
      await own.locator('.health', { hasText: 'Scorers 1' }).waitFor();
      expect(own.url()).toBe(`${served.url}/`);
    } finally {
      await served.end('SIGTERM');
      rmSync(home, { recursive: true, force: true, maxRetries: 10 });
    }
  });
});
