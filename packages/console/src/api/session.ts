const STORED = 'vigil.key';

/**
 * Takes the key out of `#key=…` (a fragment never reaches a server or its logs), removes it from the address bar and the
 * history, and keeps it for this tab. Gives the key to use, or undefined.
 */
export function takeKey(): string | undefined {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const given = fragment.get('key')?.trim();
  if (given !== undefined && given !== '') {
    fragment.delete('key');
    const rest = fragment.toString();
    history.replaceState(history.state, '', `${location.pathname}${location.search}${rest === '' ? '' : `#${rest}`}`);
    rememberKey(given);
    return given;
  }
  return sessionStorage.getItem(STORED) ?? undefined;
}

export function rememberKey(key: string): void {
  sessionStorage.setItem(STORED, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(STORED);
}
