import { useEffect, useRef, type ReactNode } from 'react';
import { setShortcuts, useShortcuts } from './shortcuts.ts';

const KEYS: readonly [string[], string][] = [
  [['j', 'k'], 'Next, previous event'],
  [['Enter'], 'Open the event'],
  [['Esc'], 'Back to the feed; clear the selection'],
  [['/'], 'Filter'],
  [['p'], 'Pause or resume the feed'],
  [['g'], 'To the newest event'],
  [['c'], 'Clear all filters'],
  [['y', 'n'], 'On an event: true positive, false positive'],
  [['1', '2', '3'], 'Live, rules, pipeline'],
  [['t'], 'Theme: system, dark, light'],
  [['?'], 'This help'],
];

const GRAMMAR: readonly [string, string][] = [
  ['class:XSS,SSRF', 'any of these classes'],
  ['severity:HIGH', 'or min:MEDIUM'],
  ['ip:203.0.113.9', 'an address; cidr:203.0.113.0/24 a network'],
  ['path:/admin/*', '* stands for any text'],
  ['rule:xss-script-element', 'a rule that matched'],
  ['log:/var/log/site.log', 'the log that it stood in'],
];

export function HelpDialog({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const top = useRef<HTMLHeadingElement>(null);
  const on = useShortcuts();
  useEffect(() => {
    if (!open) return dialog.current?.close();
    dialog.current?.showModal();
    // Of its own accord it would focus the button at its end, and where it does not fit the screen it would be scrolled there.
    top.current?.focus();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby="help-title"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className="dialog-body">
        <h2 ref={top} id="help-title" tabIndex={-1}>
          Keyboard
        </h2>
        <dl className="keys">
          {KEYS.map(([keys, what]) => (
            <div key={what}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <label className="switch">
          <input type="checkbox" checked={on} onChange={(event) => setShortcuts(event.target.checked)} />
          Use single-key shortcuts
        </label>
        <h2>Filter</h2>
        <dl className="keys grammar">
          {GRAMMAR.map(([text, what]) => (
            <div key={text}>
              <dt>
                <code>{text}</code>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <form method="dialog" className="dialog-end">
          <button type="submit" className="button">
            Close
          </button>
        </form>
      </div>
    </dialog>
  );
}
