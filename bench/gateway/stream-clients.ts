import { WebSocket } from 'ws';

/**
 * The listening side of the fan-out bench, in a process of its own: opens connections, counts, and tells its parent how far the
 * slowest of them is. It reads no more of a message than it must, so that the server is what is measured.
 */
interface Order {
  url: string;
  key: string;
  connections: number;
}

const order = JSON.parse(process.argv[2]!) as Order;
const reached = new Uint32Array(order.connections);
const CONNECTS_AT_ONCE = 100;
const REPORT_INTERVAL_MS = 10;

let next = 0;
async function openSome(): Promise<void> {
  while (next < order.connections) {
    const index = next;
    next += 1;
    await open(index);
  }
}

function open(index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(order.url, { headers: { 'x-api-key': order.key }, perMessageDeflate: false });
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('close', (code) => process.send!({ closed: code }));
    socket.on('message', (data: Buffer) => {
      const seq = seqOf(data);
      if (seq > reached[index]!) reached[index] = seq;
    });
  });
}

/** The cursor of a batch stands at its beginning, the seq of an alert near its end. */
function seqOf(data: Buffer): number {
  if (data.toString('latin1', 10, 15) === 'batch') return Number.parseInt(data.toString('latin1', 26, 40), 10);
  const at = data.indexOf('"seq":', 10, 'latin1');
  return at === -1 ? 0 : Number.parseInt(data.toString('latin1', at + 6, at + 20), 10);
}

await Promise.all(Array.from({ length: CONNECTS_AT_ONCE }, openSome));
process.send!({ open: order.connections });
let told = -1;
setInterval(() => {
  let slowest = Infinity;
  for (const seq of reached) if (seq < slowest) slowest = seq;
  if (slowest !== told) process.send!({ slowest });
  told = slowest;
}, REPORT_INTERVAL_MS);
process.on('disconnect', () => process.exit(0));
