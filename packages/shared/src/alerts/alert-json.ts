import type { Alert } from '../contracts/alert.ts';
import { printableJson } from '../text/printable.ts';

const texts = new WeakMap<Alert, string>();

/**
 * The JSON of an alert, which changes no more: made once, however many are told of it. Safe to show, since whoever follows a stream by
 * `curl` or `nats sub` has it on a terminal.
 */
export function alertJson(alert: Alert): string {
  let text = texts.get(alert);
  if (text === undefined) {
    text = printableJson(JSON.stringify(alert));
    texts.set(alert, text);
  }
  return text;
}
