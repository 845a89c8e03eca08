import { Command } from 'commander';
import { createEngine } from '@vigil/detection';
import { withBuiltInPacks } from '@vigil/scorer/rules/load-rules';
import { MEDIUM_SCORE_MIN } from '@vigil/shared/contracts';
import { judgeLines, parseLabels, ratesBy, type Judged, type Label, type Rate } from '../evaluation/evaluate.ts';
import { visible } from '../evaluation/explanation-text.ts';
import { readPackFiles, refusePacks } from '../evaluation/read-pack-files.ts';
import { userPath } from '../paths.ts';
import { readLog, readText, requireFiles } from '../user-files.ts';

type Options = { labels?: boolean; misses?: boolean; pack: string[] };

/** `vigil eval`: how many attacks the rules find and how much harmless traffic they disturb. */
export function evalCommand(): Command {
  return new Command('eval')
    .description(
      'measure detection and false alarms on two logs, or lists of targets: one of attacks, one of harmless requests',
    )
    .argument('<attacks>', 'log of attacks')
    .argument('<benign>', 'log of harmless requests')
    .option('--labels', 'read NAME.labels.tsv beside each log (line, source, class, where)')
    .option('--misses', 'list the attacks that were missed')
    .option('--pack <file...>', 'rule packs beside the built-in ones, or in their place', [])
    .action(run);
}

async function run(attacksFile: string, benignFile: string, options: Options): Promise<void> {
  const own = await readPackFiles(options.pack);
  if (!own.ok) {
    refusePacks(own.problems);
    return;
  }
  const engine = createEngine({ packs: withBuiltInPacks(own.packs) });
  const paths = [userPath(attacksFile), userPath(benignFile)] as const;
  await requireFiles(paths);
  const judged = async (file: string): Promise<Judged[]> =>
    judgeLines(engine, await readLines(file), await readLabels(file, options.labels === true));
  const [attacks, benign] = await Promise.all([judged(paths[0]), judged(paths[1])]);
  if (options.labels === true) {
    for (const [title, of] of Object.entries({ class: 'class', source: 'source', place: 'where' } as const))
      printRates(
        `attacks found, by ${title}`,
        ratesBy(attacks, (item) => item.label[of]),
      );
    printRates(
      'harmless requests that alert, by class',
      ratesBy(benign, (item) => item.label.class),
    );
  }
  printRates('together', [...ratesBy(attacks, () => 'attacks found'), ...ratesBy(benign, () => 'harmless that alert')]);
  for (const [name, of] of [[attacksFile, attacks] as const, [benignFile, benign] as const]) {
    const unread = of.filter((item) => !item.isRequest);
    const [first] = unread;
    if (first === undefined) continue;
    console.log(`${unread.length} of ${of.length} lines of ${name} are no request, and count as found by nothing`);
    console.log(`  line ${first.line} ${first.rules.join()} ${visible(first.text, 240)}\n`);
  }
  printCurve(attacks, benign);
  printLines(
    'false alarms',
    benign.filter((item) => item.score >= MEDIUM_SCORE_MIN),
  );
  if (options.misses === true)
    printLines(
      'missed attacks',
      attacks.filter((item) => item.score < MEDIUM_SCORE_MIN),
    );
  console.log(`rules ${engine.version}`);
}

async function readLines(file: string): Promise<string[]> {
  const parts: Buffer[] = [];
  for await (const bytes of readLog(file)) parts.push(bytes);
  const lines = Buffer.concat(parts).toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

async function readLabels(file: string, wanted: boolean): Promise<Map<number, Label>> {
  return wanted ? parseLabels(await readText(`${file.replace(/\.log$/, '')}.labels.tsv`)) : new Map();
}

const percent = (part: number, total: number) => `${total === 0 ? '-' : ((100 * part) / total).toFixed(2)} %`;

function printRates(title: string, rates: readonly Rate[]): void {
  console.log(title);
  for (const { group, alerted, total } of rates) {
    console.log(`  ${group.padEnd(22)} ${`${alerted}/${total}`.padStart(12)} ${percent(alerted, total).padStart(10)}`);
  }
  console.log();
}

function printCurve(attacks: readonly Judged[], benign: readonly Judged[]): void {
  console.log('threshold  attacks found  harmless that alert');
  for (let tenth = 1; tenth <= 19; tenth += 1) {
    const scoreMin = tenth / 20;
    const [found] = ratesBy(attacks, () => '', scoreMin);
    const [alarmed] = ratesBy(benign, () => '', scoreMin);
    const share = (rate: Rate | undefined) => percent(rate?.alerted ?? 0, rate?.total ?? 0);
    console.log(`  ${scoreMin.toFixed(2)}   ${share(found).padStart(12)}   ${share(alarmed).padStart(12)}`);
  }
  console.log();
}

function printLines(title: string, judged: readonly Judged[]): void {
  console.log(`${title}: ${judged.length}`);
  for (const { line, label, score, rules, text } of judged) {
    console.log(
      `  line ${line} ${label.source} ${label.class} ${score.toFixed(2)} ${rules.join(',')} ${visible(text, 240)}`,
    );
  }
  console.log();
}
