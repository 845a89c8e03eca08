import { useEffect, useRef, useState, type ReactNode } from 'react';
import { KeyboardIcon, LeaveIcon, Mark, MoonIcon, SunIcon, SystemIcon } from '../parts/icons.tsx';
import { HelpDialog } from '../parts/help-dialog.tsx';
import { RouteLink } from '../parts/route-link.tsx';
import { StreamPill } from '../parts/stream-pill.tsx';
import { isFocusAdrift } from '../parts/focus.ts';
import { useKeyHint } from '../parts/shortcuts.ts';
import { useKeys } from '../parts/use-keys.ts';
import { navigate, useRoute, type View } from '../routing/route.ts';
import { nextTheme, useTheme } from '../theme/theme.ts';
import { EventView } from './event-view.tsx';
import { HealthStrip } from './health-strip.tsx';
import { LiveView } from './live-view.tsx';
import { PipelineView } from './pipeline-view.tsx';
import { RulesView } from './rules-view.tsx';

const VIEWS: readonly { view: View; label: string; key: string }[] = [
  { view: 'live', label: 'Live', key: '1' },
  { view: 'rules', label: 'Rules', key: '2' },
  { view: 'pipeline', label: 'Pipeline', key: '3' },
];

/** Everything around a view: navigation, connection, theme, keys. */
export function Shell({ onSignOut }: { onSignOut: () => void }): ReactNode {
  const route = useRoute();
  const theme = useTheme();
  const hint = useKeyHint();
  const [help, setHelp] = useState(false);
  const label = VIEWS.find(({ view }) => view === route.view)?.label ?? 'Live';
  useEffect(() => {
    document.title = route.event === undefined ? `${label} · Vigil` : 'Event · Vigil';
  }, [label, route.event]);
  const main = useRef<HTMLElement>(null);
  const place = `${route.view} ${route.event ?? ''}`;
  const shownPlace = useRef(place);
  useEffect(() => {
    if (shownPlace.current === place) return;
    shownPlace.current = place;
    // What was followed is gone with the view that it stood in: a screen reader would say nothing, and begin again at the top.
    if (isFocusAdrift()) main.current?.focus({ preventScroll: true });
  }, [place]);
  useKeys({
    '?': () => setHelp(true),
    t: nextTheme,
    ...Object.fromEntries(VIEWS.map(({ view, key }) => [key, () => navigate({ view, event: undefined })])),
  });
  const themeIcons = { system: <SystemIcon />, dark: <MoonIcon />, light: <SunIcon /> };
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="topbar">
        <RouteLink className="brand" to={{ view: 'live', event: undefined, filter: {}, zoom: undefined }}>
          <Mark />
          <span className="brand-name">Vigil</span>
        </RouteLink>
        <nav aria-label="Views" className="tabs">
          {VIEWS.map(({ view, label: text }) => (
            <RouteLink key={view} className="tab" to={{ view, event: undefined }} current={route.view === view}>
              {text}
            </RouteLink>
          ))}
        </nav>
        <div className="topbar-end">
          <StreamPill />
          <button
            type="button"
            className="icon-button"
            onClick={nextTheme}
            aria-label={`Theme: ${theme}`}
            title={hint(`Theme: ${theme}`, 't')}
          >
            {themeIcons[theme]}
          </button>
          <button
            type="button"
            className="icon-button not-phone"
            onClick={() => setHelp(true)}
            aria-label="Keyboard shortcuts"
            title={hint('Keyboard shortcuts', '?')}
          >
            <KeyboardIcon />
          </button>
          <button
            type="button"
            className="icon-button"
            onClick={onSignOut}
            aria-label="Forget the key"
            title="Forget the key"
          >
            <LeaveIcon />
          </button>
        </div>
      </header>
      <main
        ref={main}
        id="main"
        tabIndex={-1}
        className="main"
        aria-label={route.event === undefined ? label : 'Event'}
      >
        {route.event !== undefined && <EventView key={route.event} id={route.event} />}
        {route.event === undefined && route.view === 'live' && <LiveView />}
        {route.event === undefined && route.view === 'rules' && <RulesView />}
        {route.event === undefined && route.view === 'pipeline' && <PipelineView />}
      </main>
      <HealthStrip />
      <HelpDialog open={help} onClose={() => setHelp(false)} />
    </div>
  );
}
