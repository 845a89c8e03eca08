import type { Random } from './random.ts';

/** What a web shop with a magazine and an API has, as far as its log shows it. */

const NOUNS = [
  'lamp',
  'chair',
  'desk',
  'shelf',
  'kettle',
  'jacket',
  'boots',
  'backpack',
  'tent',
  'bottle',
  'speaker',
  'monitor',
  'keyboard',
  'camera',
  'tripod',
  'notebook',
];
const ADJECTIVES = [
  'oak',
  'folding',
  'compact',
  'wireless',
  'linen',
  'steel',
  'vintage',
  'waterproof',
  'modular',
  'organic',
  'slim',
  'heavy-duty',
];
const TOPICS = ['guide', 'review', 'care', 'comparison', 'story', 'interview', 'how-to', 'news'];
const CATEGORIES = ['living', 'office', 'outdoor', 'kitchen', 'audio', 'photo', 'sale', 'new'];
/** Searches, some of which only look like attacks. */
const SEARCHES = [
  'select+a+desk',
  'union+jack+mug',
  'drop+leaf+table',
  'o%27neill+jacket',
  'rock+%26+roll+poster',
  '50%25+off',
  'caf%C3%A9+chair',
  'update+kitchen',
  'where+to+buy+tents',
  'insert+for+boots',
  'script+lamp',
  'table+for+2',
  '%22oak+shelf%22',
  'black+and+white',
  'usb-c+%2B+hdmi',
];
export const ORIGIN = 'https://www.example.com';
const OUTSIDE = [
  'https://www.google.com/',
  'https://www.bing.com/',
  'https://duckduckgo.com/',
  'https://t.co/',
  'https://www.reddit.com/',
  'https://news.ycombinator.com/',
];
const CAMPAIGNS = ['spring', 'newsletter', 'retarget', 'brand', 'partner'];

/** Where somebody comes from who was not on the site before; `-` where that is not told. */
export function outsideReferer(random: Random): string {
  return random.chance(0.4) ? '-' : random.pick(OUTSIDE);
}

/** Path and query of a page; popular ones far more often than others. */
export function pagePath(random: Random): string {
  const kind = random.next();
  if (kind < 0.1)
    return random.chance(0.3)
      ? `/?utm_source=mail&utm_campaign=${random.pick(CAMPAIGNS)}&utm_id=${random.hex(12)}`
      : '/';
  if (kind < 0.22)
    return `/c/${random.pick(CATEGORIES)}?page=${1 + random.zipf(40)}&sort=${random.chance(0.5) ? 'price' : 'rating'}`;
  if (kind < 0.58) {
    const id = 10_000 + random.zipf(60_000);
    const name = `${ADJECTIVES[id % ADJECTIVES.length]!}-${NOUNS[id % NOUNS.length]!}`;
    return `/p/${name}-${id}${random.chance(0.6) ? `?ref=${random.hex(8)}` : ''}`;
  }
  if (kind < 0.74) return `/search?q=${searchWords(random)}&page=${1 + random.zipf(9)}&sid=${random.hex(10)}`;
  if (kind < 0.86) return `/magazine/2026/${random.pick(NOUNS)}-${random.pick(TOPICS)}-${1 + random.zipf(900)}`;
  if (kind < 0.93) return `/account/orders/${random.int(1_000_000, 9_999_999)}`;
  return random.pick([
    '/cart',
    '/login',
    '/account',
    '/stores',
    '/help/returns',
    '/help/shipping?country=DE',
    '/contact',
  ]);
}

function searchWords(random: Random): string {
  if (random.chance(0.12)) return random.pick(SEARCHES);
  return `${random.pick(ADJECTIVES)}+${random.pick(NOUNS)}${random.chance(0.3) ? `+${random.int(10, 300)}` : ''}`;
}

/** Path and query of something that a page loads: script, picture, font, API call. */
export function assetPath(random: Random): string {
  const kind = random.next();
  if (kind < 0.5)
    return `/img/p/${10_000 + random.zipf(60_000)}_${random.pick([160, 320, 640, 1280])}.webp?v=${random.hex(6)}`;
  if (kind < 0.68)
    return `/assets/${random.pick(['app', 'vendor', 'shop', 'search'])}.${random.zipf(20).toString(16).padStart(8, 'a')}.js`;
  if (kind < 0.78) return `/assets/site.${random.zipf(9).toString(16).padStart(8, 'c')}.css`;
  if (kind < 0.8) return '/fonts/inter-var.woff2';
  if (kind < 0.82) return '/favicon.ico';
  return apiPath(random);
}

/** Path and query of a call of the API. */
export function apiPath(random: Random): string {
  const kind = random.next();
  if (kind < 0.4)
    return `/api/v2/items/${10_000 + random.zipf(60_000)}?fields=id,name,price&t=${random.int(1_700_000_000, 1_799_999_999)}`;
  if (kind < 0.7) return `/api/v2/recommend?session=${random.hex(16)}&limit=${random.int(4, 12)}`;
  return `/api/v2/prices?ids=${random.int(10_000, 69_999)},${random.int(10_000, 69_999)}&currency=EUR`;
}
