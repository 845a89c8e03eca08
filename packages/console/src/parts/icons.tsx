import type { ReactNode } from 'react';

function Icon({ children, size = 16 }: { children: ReactNode; size?: number | undefined }): ReactNode {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

/** The product's mark: an eye that stays open. */
export function Mark({ size = 20 }: { size?: number }): ReactNode {
  return (
    <svg className="mark" width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12Z" stroke="currentColor" strokeWidth="1.8" />
      <circle cx="12" cy="12" r="3" className="mark-pupil" />
    </svg>
  );
}

export const PauseIcon = (): ReactNode => (
  <Icon>
    <path d="M9 5v14M15 5v14" />
  </Icon>
);
export const PlayIcon = (): ReactNode => (
  <Icon>
    <path d="M8 5.5v13l10.5-6.5Z" />
  </Icon>
);
export const SearchIcon = (): ReactNode => (
  <Icon>
    <circle cx="11" cy="11" r="6" />
    <path d="m20 20-4.5-4.5" />
  </Icon>
);
export const CrossIcon = (): ReactNode => (
  <Icon size={12}>
    <path d="m6 6 12 12M18 6 6 18" />
  </Icon>
);
export const BackIcon = (): ReactNode => (
  <Icon>
    <path d="M19 12H5M11 6l-6 6 6 6" />
  </Icon>
);
export const UpIcon = (): ReactNode => (
  <Icon>
    <path d="m6 14 6-6 6 6" />
  </Icon>
);
export const DownIcon = (): ReactNode => (
  <Icon>
    <path d="m6 10 6 6 6-6" />
  </Icon>
);
export const SunIcon = (): ReactNode => (
  <Icon>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4" />
  </Icon>
);
export const MoonIcon = (): ReactNode => (
  <Icon>
    <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z" />
  </Icon>
);
export const SystemIcon = (): ReactNode => (
  <Icon>
    <rect x="3" y="5" width="18" height="12" rx="2" />
    <path d="M9 21h6M12 17v4" />
  </Icon>
);
export const KeyboardIcon = (): ReactNode => (
  <Icon>
    <rect x="2.5" y="6" width="19" height="12" rx="2" />
    <path d="M6.5 10h.01M10 10h.01M14 10h.01M17.5 10h.01M8 14h8" />
  </Icon>
);
export const LeaveIcon = (): ReactNode => (
  <Icon>
    <path d="M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M10 8l-4 4 4 4M6 12h9" />
  </Icon>
);
export const CheckIcon = (): ReactNode => (
  <Icon>
    <path d="m5 12.5 4.5 4.5L19 7.5" />
  </Icon>
);
