import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findOnPath } from '@vigil/dev-services/programs';
import { messageOf } from '@vigil/shared/text/message-of';
import { programFromDebian } from './debian-package.ts';

const run = promisify(execFile);

/** How to render a folder: the command, and the arguments before the folder. */
export interface Kustomize {
  command: string;
  args: string[];
  /** For the report: where it comes from. */
  origin: string;
}

/** kubectl 1.27 carries Kustomize 5, the first with everything that the tree uses. */
const KUBECTL_MINOR_MIN = 27;

/**
 * kubectl where it is new enough, else Debian's `kustomize`, fetched into the project's cache.
 * @throws naming both reasons where neither can be had
 */
export async function findKustomize(path = process.env['PATH'] ?? ''): Promise<Kustomize> {
  const kubectl = findOnPath('kubectl', path);
  const reason = kubectl === undefined ? 'kubectl is not installed' : await kubectlProblem(kubectl);
  if (kubectl !== undefined && reason === undefined)
    return { command: kubectl, args: ['kustomize'], origin: 'kubectl' };
  const kustomize = await programFromDebian('kustomize').catch((error: Error) => {
    throw new Error(
      `Kustomize is needed: ${reason}; Debian's package cannot be fetched: ${error.message}. Install kubectl 1.${KUBECTL_MINOR_MIN} or newer.`,
    );
  });
  return { command: kustomize, args: ['build'], origin: 'kustomize of Debian trixie' };
}

async function kubectlProblem(kubectl: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(kubectl, ['version', '--client', '--output=json'], { timeout: 10_000 });
    const { clientVersion } = JSON.parse(stdout) as { clientVersion: { major: string; minor: string } };
    const minor = Number.parseInt(clientVersion.minor, 10);
    return Number(clientVersion.major) > 1 || minor >= KUBECTL_MINOR_MIN
      ? undefined
      : `kubectl is 1.${minor}, older than 1.${KUBECTL_MINOR_MIN}`;
  } catch (error) {
    return `kubectl does not answer (${messageOf(error)})`;
  }
}
