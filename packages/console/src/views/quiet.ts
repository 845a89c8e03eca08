import type { PipelineCounts } from '../api/types.ts';
import { number } from '../text/format.ts';

/** Whether most of what was read could not be looked at, so that silence says nothing about attacks. */
export function isMostlyRejected(lines: PipelineCounts | undefined): boolean {
  return lines !== undefined && lines.rejected.total * 2 > lines.read;
}

/** What it means that there is no event, given what became of the lines: it is only quiet where requests were looked at. */
export function quietMeaning(lines: PipelineCounts | undefined, spoken: string): { title: string; text: string } {
  if (lines?.read === 0) {
    return {
      title: 'Nothing to look at.',
      text: `Not one line was read in the last ${spoken}. Does the log grow? The output of Vigil says which file it waits for or may not read.`,
    };
  }
  if (lines !== undefined && isMostlyRejected(lines)) {
    return {
      title: 'These lines are not understood.',
      text: `${number(lines.rejected.total)} of ${number(lines.read)} lines in the last ${spoken} were no request in a known format, so no attack in them is found. Set INGEST_FORMAT to the log_format (nginx) or LogFormat (Apache) of your server, or follow another file.`,
    };
  }
  return {
    title: 'All quiet.',
    text: 'Nothing suspicious yet. The first attack shows up here within a fraction of a second.',
  };
}
