import type { Alert } from '../contracts/alert.ts';

const texts = new WeakMap<Alert, string>();

/** The JSON of an alert, which changes no more: made once, however many are told of it. */
export function alertJson(alert: Alert): string {
  let text = texts.get(alert);
  if (text === undefined) {
    text = JSON.stringify(alert);
    texts.set(alert, text);
  }
  return text;
}
