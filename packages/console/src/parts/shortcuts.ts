import { useSyncExternalStore } from 'react';
import { Listeners } from './listeners.ts';

const STORED = 'vigil.shortcuts';
const OFF = 'off';
const listeners = new Listeners();

/** Whether single characters act by themselves. For whoever dictates, or hits keys unawares, they must not (WCAG 2.1.4). */
export function areShortcutsOn(): boolean {
  return localStorage.getItem(STORED) !== OFF;
}

/** Remembered by this browser. */
export function setShortcuts(on: boolean): void {
  if (on) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, OFF);
  listeners.notify();
}

export function useShortcuts(): boolean {
  return useSyncExternalStore(listeners.subscribe, areShortcutsOn);
}

/** Gives a title its key, where it has one: `Newer (k)`. */
export function useKeyHint(): (title: string, key: string) => string {
  const on = useShortcuts();
  return (title, key) => (on ? `${title} (${key})` : title);
}
