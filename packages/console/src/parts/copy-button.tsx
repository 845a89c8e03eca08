import { useState, type ReactNode } from 'react';

/** Copies a text to the clipboard and says whether it did. */
export function CopyButton({ text }: { text: string }): ReactNode {
  const [said, setSaid] = useState<string>();
  const copy = async (): Promise<void> => setSaid((await copied(text)) ? 'Copied' : 'Not allowed here');
  return (
    <button type="button" className="text-button" onClick={() => void copy()} onBlur={() => setSaid(undefined)}>
      <span aria-live="polite">{said ?? 'Copy'}</span>
    </button>
  );
}

async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedFromField(text);
  }
}

/** Pages of plain HTTP, as on a host of one's own network, have no clipboard but this one. */
function copiedFromField(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'visually-hidden';
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
