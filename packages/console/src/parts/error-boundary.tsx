import { Component, type ReactNode } from 'react';
import { forgetKey } from '../api/session.ts';

/** Stands where the page would be empty otherwise: React takes everything away when a part of it throws. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="empty" role="alert">
        <p className="empty-title problem-text">The console stumbled; its mistake stands in the browser’s log.</p>
        <p className="muted">Vigil itself goes on. If loading again does not help, forget the key and sign in anew.</p>
        <button type="button" className="button primary" onClick={() => location.reload()}>
          Load the console again
        </button>
        <button type="button" className="button" onClick={forgetAndReload}>
          Forget the key
        </button>
      </main>
    );
  }
}

function forgetAndReload(): void {
  forgetKey();
  location.reload();
}
