import { useSyncExternalStore } from 'react';
import { Listeners } from '../parts/listeners.ts';

export type Theme = 'system' | 'dark' | 'light';
const STORED = 'vigil.theme';
const ORDER: readonly Theme[] = ['system', 'dark', 'light'];
const listeners = new Listeners();
const dark = matchMedia('(prefers-color-scheme: dark)');
const paper = matchMedia('print');
for (const query of [dark, paper]) query.addEventListener('change', listeners.notify);

function chosenTheme(): Theme {
  const stored = localStorage.getItem(STORED) as Theme;
  return ORDER.includes(stored) ? stored : 'system';
}

/** Puts the choice on the root element, where the style sheet looks for it. */
export function applyTheme(theme: Theme = chosenTheme()): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

/** Goes on to the next choice, round and round, and remembers it. */
export function nextTheme(): void {
  const next = ORDER[(ORDER.indexOf(chosenTheme()) + 1) % ORDER.length] ?? 'system';
  localStorage.setItem(STORED, next);
  applyTheme(next);
  listeners.notify();
}

export function useTheme(): Theme {
  return useSyncExternalStore(listeners.subscribe, chosenTheme);
}

/** The theme that is shown: what charts, which draw by themselves, must follow. */
export function useShownTheme(): 'dark' | 'light' {
  return useSyncExternalStore(listeners.subscribe, () => {
    if (paper.matches) return 'light';
    const chosen = chosenTheme();
    if (chosen !== 'system') return chosen;
    return dark.matches ? 'dark' : 'light';
  });
}
