import type { Random } from './random.ts';

const DESKTOPS = [
  'Windows NT 10.0; Win64; x64',
  'Macintosh; Intel Mac OS X 10_15_7',
  'X11; Linux x86_64',
  'X11; CrOS x86_64 14541.0.0',
];
const PHONES = [
  'SM-S921B',
  'Pixel 8',
  'Pixel 7a',
  'M2101K6G',
  'CPH2449',
  'moto g54 5G',
  'SM-A546E',
  'V2250',
  'RMX3771',
  'K',
];
const CRAWLERS = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)',
  'Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)',
  'Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)',
  'DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)',
  'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'Twitterbot/1.0',
  'Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers)',
];
const CLIENTS = [
  'okhttp/4.12.0',
  'Dalvik/2.1.0 (Linux; U; Android 14; SM-S921B)',
  'kube-probe/1.29',
  'ShopApp/5.3.1 (iOS 17.5; iPhone15,2)',
];

/** A browser as people use them: desktop and mobile Chrome, Safari, Firefox, Edge, in current and older versions. */
export function browserAgent(random: Random): string {
  const kind = random.next();
  const chrome = `${random.int(109, 142)}.0.0.0`;
  if (kind < 0.34)
    return `Mozilla/5.0 (${random.pick(DESKTOPS)}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${chrome} Safari/537.36`;
  if (kind < 0.62)
    return `Mozilla/5.0 (Linux; Android ${random.int(9, 15)}; ${random.pick(PHONES)}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${chrome} Mobile Safari/537.36`;
  if (kind < 0.82) {
    const version = `${random.int(15, 18)}_${random.int(0, 6)}`;
    const device = random.chance(0.85) ? 'iPhone; CPU iPhone OS' : 'iPad; CPU OS';
    return `Mozilla/5.0 (${device} ${version} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version.replace('_', '.')} Mobile/15E148 Safari/604.1`;
  }
  if (kind < 0.92) {
    const version = `${random.int(115, 144)}.0`;
    return `Mozilla/5.0 (${random.pick(DESKTOPS)}; rv:${version}) Gecko/20100101 Firefox/${version}`;
  }
  return `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${chrome} Safari/537.36 Edg/${chrome}`;
}

/** A search engine or another robot that says who it is. */
export function crawlerAgent(random: Random): string {
  return random.pick(CRAWLERS);
}

/** Apps and probes that call the API. */
export function clientAgent(random: Random): string {
  return random.pick(CLIENTS);
}

/** Tools that look for weaknesses and say who they are. */
export const SCANNER_AGENTS = [
  'sqlmap/1.8.4#stable (https://sqlmap.org)',
  'Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:000003)',
  'Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)',
  'gobuster/3.6',
  'WPScan v3.8.25 (https://wpscan.com/wordpress-security-scanner)',
  'Nuclei - Open-source project (github.com/projectdiscovery/nuclei)',
  'masscan/1.3 (https://github.com/robertdavidgraham/masscan)',
  'feroxbuster/2.10.3',
  'dirbuster/1.0-RC1 (http://www.owasp.org/index.php/Category:OWASP_DirBuster_Project)',
  'Fuzz Faster U Fool v2.1.0-dev',
];
