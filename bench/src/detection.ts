import { createEngine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { median } from './harness/statistics.ts';

/**
 * Lines a second of one core for parse and score on ordinary traffic, beside the seed's way in the same run: the same parser, then all
 * expressions one after another over the raw request target. Rounds alternate; the median of the ratios counts, not the absolute figures.
 */
const LINES = 60_000;
const ROUNDS = 7;

/** The seed's twelve content rules, as expressions over the raw target and agent. */
const SEED_RULES: RegExp[] = [
  /\$\{(?:jndi|lower|upper|env|sys|java):/i,
  /(?:;|\||&&|`|\$\()\s*(?:cat|ls|id|whoami|wget|curl|nc|bash|sh|ping|uname)\b/i,
  /(?:union\s+select|or\s+1\s*=\s*1|'\s*or\s*'|drop\s+table|insert\s+into|sleep\s*\(|benchmark\s*\(|--\s|information_schema)/i,
  /<!(?:DOCTYPE|ENTITY)/i,
  /<script|javascript:|on(?:error|load|click|mouseover)\s*=|<iframe|<svg/i,
  /(?:php|file|data|expect|zip|phar):\/\//i,
  /(?:url|uri|dest|redirect)=https?:\/\/(?:127\.|10\.|192\.168\.|169\.254\.|localhost)/i,
  /%0d%0a|\r\n/i,
  /\.\.\/|\.\.\\|%2e%2e/i,
  /(?:redirect|url|next|return)=(?:https?:)?\/\//i,
  /%25[0-9a-f]{2}/i,
];
const SEED_AGENTS = /sqlmap|nikto|nmap|masscan|dirbuster|gobuster|wpscan|nessus|acunetix/i;

const PATHS = [
  '/',
  '/index.html',
  '/catalog/view?id=17&page=2',
  '/static/js/main.8f7e6d5c.chunk.js',
  '/wp-content/uploads/2026/05/team-1024x768.png',
  '/api/v1/items?type=all&name=koontz&sort=asc',
  '/images/logo.png',
  '/blog/2026/05/how-to-cook-rice',
  '/login?next=/account/settings',
  '/products/mens-t-shirt?variant=1234567890',
  '/favicon.ico',
  '/forum/thread.php?id=5&page=2',
  '/feed/',
  '/cart?add-to-cart=123',
  '/assets/application-abc123.css',
  '/search?q=blue+shoes',
  '/tag/linux',
  '/user/profile/settings',
  '/robots.txt',
  '/about-us/contact/',
];
const AGENTS = Array.from(
  { length: 120 },
  (_, index) =>
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${60 + index}.0.0.0 Safari/537.36`,
);

const lines = Array.from({ length: LINES }, (_, index) => {
  const path = PATHS[index % PATHS.length] ?? '/';
  const referer = index % 3 === 0 ? '-' : `https://www.example.com${PATHS[(index * 7) % (PATHS.length - 6)] ?? '/'}`;
  return `198.51.100.${index % 250} - - [01/Jan/2026:10:${String(Math.floor(index / 1000) % 60).padStart(2, '0')}:${String(index % 60).padStart(2, '0')} +0000] "GET ${path} HTTP/1.1" 200 ${1000 + (index % 9000)} "${referer}" "${AGENTS[index % AGENTS.length] ?? ''}"`;
});

function cpuSecondsOf(work: () => number): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function ours(): number {
  const parser = createLineParser();
  let alerts = 0;
  for (const line of lines) {
    const parsed = parser.parse(line);
    if (parsed.ok && engine.conclude(parsed.request, engine.inspect(parsed.request)).severity !== 'LOW') alerts += 1;
  }
  return alerts;
}

function seed(): number {
  const parser = createLineParser();
  let alerts = 0;
  for (const line of lines) {
    const parsed = parser.parse(line);
    if (!parsed.ok) continue;
    let hits = SEED_AGENTS.test(parsed.request.userAgent) ? 1 : 0;
    for (const rule of SEED_RULES) if (rule.test(parsed.request.target)) hits += 1;
    if (hits > 0) alerts += 1;
  }
  return alerts;
}

const engine = createEngine();
ours();
seed();
const rounds = Array.from({ length: ROUNDS }, () => ({ ours: cpuSecondsOf(ours), seed: cpuSecondsOf(seed) }));
const rate = (seconds: number) => `${Math.round(LINES / seconds / 1000)}k lines/s of one core`;
console.log(`parse and score, ordinary traffic, ${LINES} lines, median of ${ROUNDS} rounds`);
console.log(
  `  this engine (${engine.version.split('#')[0] ?? ''}): ${rate(median(rounds.map((round) => round.ours)))}`,
);
console.log(`  the seed's way (12 expressions in turn, raw): ${rate(median(rounds.map((round) => round.seed)))}`);
console.log(`  ratio: ${median(rounds.map((round) => round.seed / round.ours)).toFixed(2)}`);
