interface LineParts {
  ip?: string;
  method?: string;
  status?: number;
  bytes?: number;
  referer?: string;
  agent?: string;
  /** Epoch ms; now by default. */
  atMs?: number;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0';

/** A combined log line. */
export function logLine(target: string, parts: LineParts = {}): string {
  const { ip = '203.0.113.9', method = 'GET', status = 200, bytes = 5_120, referer = '-', agent = BROWSER } = parts;
  const at = new Date(parts.atMs ?? Date.now()).toISOString();
  const date = `${at.slice(8, 10)}/${MONTHS[Number(at.slice(5, 7)) - 1]}/${at.slice(0, 4)}:${at.slice(11, 19)} +0000`;
  return `${ip} - - [${date}] "${method} ${target} HTTP/1.1" ${status} ${bytes} "${referer}" "${agent}"`;
}
