import { useRef, useState, type ReactNode } from 'react';
import { gatewayNow } from '../api/gateway-clock.ts';
import { conditions, isEmpty, withoutValue } from '../filter/filter.ts';
import { LABELS, parseFilterText } from '../filter/filter-text.ts';
import { navigate, useRoute } from '../routing/route.ts';
import { className, momentShort } from '../text/format.ts';
import { SafeText } from '../text/safe-text.tsx';
import { visibleString } from '../text/visible-text.ts';
import { CrossIcon, SearchIcon } from './icons.tsx';
import { useShortcuts } from './shortcuts.ts';
import { useKeys } from './use-keys.ts';

/** The filter as chips, and a box that adds to it. What it holds is in the address bar. */
export function FilterBar(): ReactNode {
  const { filter, zoom } = useRoute();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const box = useRef<HTMLInputElement>(null);
  const shortcuts = useShortcuts();
  const clear = (): void => navigate({ filter: {}, zoom: undefined });
  useKeys({ '/': () => box.current?.focus(), c: clear });

  const submit = (): void => {
    const parsed = parseFilterText(text, filter);
    if (!parsed.ok) return setProblem(parsed.problem);
    setProblem(undefined);
    setText('');
    navigate({ filter: parsed.filter });
  };
  const shown = conditions(filter);
  const removeLast = (): void => {
    const last = shown.at(-1);
    if (last !== undefined) navigate({ filter: withoutValue(filter, last.key, last.value) });
  };

  return (
    <search className="filter">
      <form
        className="filter-box"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <SearchIcon />
        {shown.map(({ key, value }) => {
          const said = key === 'class' ? className(value) : value;
          return (
            <span key={`${key} ${value}`} className={`chip chip-${key}`}>
              <span className="chip-key">{LABELS[key]}</span>
              <SafeText className="chip-value" text={said} />
              <button
                type="button"
                aria-label={`Remove ${LABELS[key]} ${visibleString(said)}`}
                onClick={() => navigate({ filter: withoutValue(filter, key, value) })}
              >
                <CrossIcon />
              </button>
            </span>
          );
        })}
        {zoom !== undefined && (
          <span className="chip chip-zoom">
            <span className="chip-key">time</span>
            <span className="chip-value">
              {momentShort(zoom.sinceMs, gatewayNow())} – {momentShort(zoom.untilMs, zoom.sinceMs)}
            </span>
            <button type="button" aria-label="Leave the zoomed time" onClick={() => navigate({ zoom: undefined })}>
              <CrossIcon />
            </button>
          </span>
        )}
        <input
          ref={box}
          className="filter-input"
          aria-label="Filter"
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : 'filter-problem'}
          placeholder={isEmpty(filter) ? 'Filter: class:XSS ip:203.0.113.9 path:/admin/* …' : 'and …'}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          enterKeyHint="search"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setProblem(undefined);
          }}
          onBlur={() => {
            if (text.trim() === '') setProblem(undefined);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') box.current?.blur();
            if (event.key === 'Backspace' && text === '') removeLast();
          }}
        />
        {!isEmpty(filter) || zoom !== undefined ? (
          <button type="button" className="text-button" onClick={clear}>
            Clear
          </button>
        ) : (
          shortcuts && (
            <kbd className="not-phone" aria-hidden="true">
              /
            </kbd>
          )
        )}
      </form>
      {problem !== undefined && (
        <p id="filter-problem" role="alert" className="problem-text small filter-problem">
          {visibleString(problem)}
        </p>
      )}
    </search>
  );
}
