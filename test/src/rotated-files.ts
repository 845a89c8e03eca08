import { existsSync, renameSync } from 'node:fs';

/** As logrotate does before it takes a log away: the older files of it, `.1` to `.rotations`, move up by one. */
export function moveUpRotated(path: string, rotations: number): void {
  for (let n = rotations; n >= 1; n -= 1)
    if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
}
