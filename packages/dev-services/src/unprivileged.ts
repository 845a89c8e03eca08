import { execFileSync } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { PostgresUnavailableError } from './postgres-binaries.ts';

/** How to run a program as somebody who is not root and has a name. */
export type Unprivileged = {
  /** The command line to spawn for a program and its arguments. */
  wrap: (command: string, args: readonly string[]) => { command: string; args: string[] };
  /** Hands a file or folder to the user that the program runs as. */
  give: (path: string) => void;
};

/**
 * PostgreSQL refuses to run as root, and initdb as a user without a name, as containers give them. Anyone else runs it as they are. For
 * those it runs in a user namespace, where they are shown as an ordinary user and files keep their owner; where namespaces are
 * forbidden, as in most containers, root runs it as an existing account, which every folder and file lets in only where it has to be.
 * @param program the account has to run it
 * @param folder the account has to enter it
 * @throws PostgresUnavailableError when there is no way
 */
export function unprivileged(program: string, folder: string): Unprivileged {
  const uid = process.getuid?.();
  if (uid !== 0 && hasName()) {
    return { wrap: (command, args) => ({ command, args: [...args] }), give: () => undefined };
  }
  const account = ordinaryAccount();
  const namespace = ['-U', `--map-user=${account.uid}`, `--map-group=${account.gid}`];
  if (works('unshare', [...namespace, 'true'])) {
    return {
      // unshare executes the program in its own place, so the child's pid is the program's.
      wrap: (command, args) => ({ command: 'unshare', args: [...namespace, command, ...args] }),
      give: () => undefined,
    };
  }
  if (uid !== 0)
    throw new PostgresUnavailableError(
      `PostgreSQL needs its user to have a name, and the user ${uid} has none: add it to /etc/passwd, or run as another one`,
    );
  const drop = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  const reaches = [...drop, 'test', '-x', program, '-a', '-x', folder];
  // The folders above the data and above the programs may be root's alone. The bit is for `access`, by which initdb looks for programs.
  const enter = [...drop, '--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  const ways = works('setpriv', reaches) ? [drop] : [enter, drop];
  const way = ways.find((args) => works('setpriv', [...args, 'true']));
  if (way !== undefined) {
    return {
      wrap: (command, args) => ({ command: 'setpriv', args: [...way, command, ...args] }),
      give: (path) => {
        chownSync(path, account.uid, account.gid);
      },
    };
  }
  throw new PostgresUnavailableError(
    'PostgreSQL does not run as root, and neither unshare nor setpriv works here: run as an ordinary user',
  );
}

/** An account with an entry in /etc/passwd, since initdb looks its own name up; it needs no rights at all. */
function ordinaryAccount(): { uid: number; gid: number } {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => uid > 0 && gid > 0);
  const account =
    accounts.find(({ name }) => name === 'postgres') ?? accounts.find(({ name }) => name === 'nobody') ?? accounts[0];
  if (account === undefined)
    throw new PostgresUnavailableError('PostgreSQL needs an ordinary user, and there is none in /etc/passwd');
  return account;
}

function hasName(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

function works(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 5000 });
    return true;
  } catch {
    return false;
  }
}
