import { Option, type Command } from 'commander';
import type { AlertStreamOptions, StreamFilter } from '@vigil/client';
import { UserError } from '../exit.ts';
import { sendableKey } from '../sendable-key.ts';
import { defaultServer, serverAddress } from '../server-address.ts';

export interface StreamFlags {
  url: string;
  key?: string;
  minSeverity?: 'MEDIUM' | 'HIGH';
  class?: string[];
  rule?: string[];
  source?: string[];
  sourceIp?: string[];
  cidr?: string[];
  path?: string[];
}

/** The options that `vigil tail` and `vigil top` share: where to listen, with which key, and to what. */
export function withStreamOptions(command: Command): Command {
  return command
    .option('--url <url>', 'a gateway (VIGIL_URL)', defaultServer())
    .addOption(
      new Option('--key <key>', 'key with the scopes that are needed; better in VIGIL_API_KEY').env('VIGIL_API_KEY'),
    )
    .addOption(new Option('--min-severity <severity>', 'lowest severity').choices(['MEDIUM', 'HIGH']))
    .option('--class <class...>', 'attack classes, such as SQL_INJECTION')
    .option('--rule <rule...>', 'rule ids')
    .option('--source <name...>', 'log sources')
    .option('--source-ip <ip...>', 'client addresses')
    .option('--cidr <network...>', 'client networks, such as 203.0.113.0/24')
    .option('--path <pattern...>', 'paths, * for any text');
}

/** @throws UserError where there is no key, or no stream can be asked for with what was given */
export function streamTarget(flags: StreamFlags): Pick<AlertStreamOptions, 'url' | 'key' | 'filter'> & { key: string } {
  if (flags.key === undefined || flags.key === '') {
    throw new UserError(
      'No key: set VIGIL_API_KEY (the start of Vigil printed one) or make one with `vigil keys create`.',
    );
  }
  serverAddress(flags.url, /^(https?|wss?):$/);
  const filter: StreamFilter = {
    ...(flags.minSeverity === undefined ? {} : { min_severity: flags.minSeverity }),
    ...(flags.class === undefined ? {} : { class: flags.class }),
    ...(flags.rule === undefined ? {} : { rule: flags.rule }),
    ...(flags.source === undefined ? {} : { source: flags.source }),
    ...(flags.sourceIp === undefined ? {} : { source_ip: flags.sourceIp }),
    ...(flags.cidr === undefined ? {} : { cidr: flags.cidr }),
    ...(flags.path === undefined ? {} : { path: flags.path }),
  };
  return { url: flags.url, key: sendableKey(flags.key), filter };
}
