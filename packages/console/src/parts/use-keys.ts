import { useEffect, useRef } from 'react';
import { areShortcutsOn } from './shortcuts.ts';

/**
 * Single keys as shortcuts. Whoever types text, holds a modifier or has a dialog open means something else, and whoever has turned
 * shortcuts off keeps those of no character: arrows, Enter, Escape.
 */
export function useKeys(keys: Record<string, (() => void) | undefined>): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      if (target.closest('input, textarea, select, dialog[open]') !== null) return;
      // Enter on a button or link belongs to it.
      if (event.key === 'Enter' && target.closest('a, button, [role="slider"]') !== null) return;
      const action = latest.current[event.key];
      if (action === undefined || (event.key.length === 1 && !areShortcutsOn())) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}
