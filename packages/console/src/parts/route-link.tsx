import type { MouseEvent, ReactNode } from 'react';
import { currentRoute, navigate, navigateBack, searchOf, type Route } from '../routing/route.ts';

interface RouteLinkProps {
  to: Partial<Route>;
  className?: string;
  current?: boolean;
  /** Where it leads is likely where its reader came from. */
  back?: boolean;
  label?: string;
  tabIndex?: number;
  children: ReactNode;
}

/** A link that a browser can open in a new tab, and that changes the view without loading anything otherwise. */
export function RouteLink({ to, className, current, back, label, tabIndex, children }: RouteLinkProps): ReactNode {
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0) return;
    event.preventDefault();
    if (back === true) navigateBack(to);
    else navigate(to);
  };
  return (
    <a
      className={className}
      href={searchOf({ ...currentRoute(), ...to }) || './'}
      aria-current={current === true ? 'page' : undefined}
      aria-label={label}
      tabIndex={tabIndex}
      onClick={follow}
    >
      {children}
    </a>
  );
}
