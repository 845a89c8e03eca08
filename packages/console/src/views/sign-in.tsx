import { useState, type ReactNode } from 'react';
import { Mark } from '../parts/icons.tsx';

/** Asks for the API key, once per tab. */
export function SignIn({ refused, onKey }: { refused: boolean; onKey: (key: string) => void }): ReactNode {
  const [key, setKey] = useState('');
  return (
    <main className="sign-in">
      <form
        className="sign-in-card"
        onSubmit={(event) => {
          event.preventDefault();
          if (key.trim() !== '') onKey(key.trim());
        }}
      >
        <Mark size={36} />
        <h1>Vigil</h1>
        <p className="muted">
          Paste an API key that may read and stream, or open the link that Vigil printed when it started.
        </p>
        <label className="field">
          <span>API key</span>
          <input
            name="key"
            type="password"
            autoComplete="off"
            spellCheck={false}
            placeholder="vgl_…"
            value={key}
            aria-invalid={refused}
            aria-describedby={refused ? 'key-refused' : undefined}
            onChange={(event) => setKey(event.target.value)}
            // The only thing that anybody can do here.
            autoFocus
          />
        </label>
        {refused && (
          <p id="key-refused" role="alert" className="problem-text">
            The gateway does not know this key, or it was revoked.
          </p>
        )}
        <button type="submit" className="button primary" disabled={key.trim() === ''}>
          Open the console
        </button>
        <p className="faint small">The key stays in this tab and is gone when you close it.</p>
      </form>
    </main>
  );
}
