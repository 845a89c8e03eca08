/** One request, in the parts that a combined log line has. */
export interface SimulatedRequest {
  ip: string;
  user: string;
  method: string;
  /** Path and query. */
  target: string;
  protocol: string;
  status: number;
  bytes: number;
  referer: string;
  userAgent: string;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Writes combined log lines; formats each second's time once. */
export class LineWriter {
  #second = Number.NaN;
  #time = '';

  /** @param timeMs epoch ms */
  write(request: SimulatedRequest, timeMs: number): string {
    const second = Math.floor(timeMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#time = formatTime(second);
    }
    const { ip, user, method, target, protocol, status, bytes, referer, userAgent } = request;
    return `${ip} - ${user} [${this.#time}] "${method} ${target} ${protocol}" ${status} ${bytes} "${referer}" "${userAgent}"`;
  }
}

function formatTime(second: number): string {
  const date = new Date(second * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]!}/${date.getUTCFullYear()}`;
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}

/** Text inside a quoted field, as nginx writes it: `"`, `\` and control characters as `\xHH`. */
export function quoteField(text: string): string {
  return text.replace(
    /["\\\u0000-\u001f\u007f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
