import { Command } from 'commander';
import { stringify } from 'yaml';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { withBuiltInPacks } from '@vigil/scorer/rules/load-rules';
import { printable, printableJson } from '@vigil/shared/text/printable';
import { EXIT_FAILED, UserError } from '../exit.ts';
import { explanationText } from '../evaluation/explanation-text.ts';
import { failedExamples } from '../evaluation/failed-examples.ts';
import { readPackFiles, refusePacks } from '../evaluation/read-pack-files.ts';
import { ruleSet, rulesDirOption, rulesSource, type RulesOptions } from '../operator-rules.ts';

/** `vigil rules`: what the rules are, whether they do what their examples say, and why a line got its score. */
export function rulesCommand(): Command {
  const command = new Command('rules').description('look at the rules, test them, explain a score');
  command
    .command('list')
    .description('every rule: id, class, score, title')
    .option('--class <class>', 'only rules of this class', (name: string) => name.toUpperCase())
    .addOption(rulesDirOption())
    .action(list);
  command
    .command('show')
    .description('one rule in full')
    .argument('<id>', "the rule's id")
    .addOption(rulesDirOption())
    .action(show);
  command
    .command('test')
    .description("run the rules' own examples; with files, those packs beside the built-in ones")
    .argument('[files...]', 'rule packs in YAML')
    .action(runExamples);
  command
    .command('explain')
    .description('views, matches and the derivation of the score of one log line')
    .argument('<line>', 'the log line')
    .option('--format <format>', 'its format: a name, an nginx log_format or an Apache LogFormat; detected otherwise')
    .addOption(rulesDirOption())
    .action(explain);
  return command;
}

function list(options: RulesOptions & { class?: string }): void {
  const { packs, shadowPacks, suppressions } = ruleSet(options);
  const classes = new Set([...packs, ...shadowPacks].flatMap((pack) => pack.rules.map((rule) => rule.class)));
  if (options.class !== undefined && !classes.has(options.class))
    throw new UserError(`No rule has the class ${options.class}; there are ${[...classes].sort().join(', ')}.`);
  for (const pack of [...packs, ...shadowPacks]) {
    const rules = pack.rules.filter((rule) => options.class === undefined || rule.class === options.class);
    if (rules.length === 0) continue;
    const inShadow = shadowPacks.includes(pack) ? ' (shadow, never alerts)' : '';
    console.log(`${pack.pack} ${pack.version}${inShadow}: ${pack.description}`);
    for (const rule of rules)
      console.log(`  ${rule.id.padEnd(28)} ${rule.class.padEnd(22)} ${rule.score.toFixed(2)}  ${rule.title}`);
  }
  if (suppressions.length === 0 || options.class !== undefined) return;
  console.log('suppressions');
  for (const { id, reason, expiresAt } of suppressions)
    console.log(`  ${id.padEnd(28)} ${expiresAt === undefined ? '' : `until ${expiresAt}  `}${printable(reason)}`);
}

function show(id: string, options: RulesOptions): void {
  const { packs, shadowPacks } = ruleSet(options);
  for (const pack of [...packs, ...shadowPacks]) {
    const rule = pack.rules.find((known) => known.id === id);
    if (rule === undefined) continue;
    console.log(stringify({ pack: `${pack.pack} ${pack.version}`, ...rule }, { lineWidth: 140 }).trimEnd());
    return;
  }
  throw new UserError(`There is no rule "${id}"; "vigil rules list" names them all.`);
}

async function runExamples(files: string[]): Promise<void> {
  const own = await readPackFiles(files);
  if (!own.ok) {
    refusePacks(own.problems);
    return;
  }
  const packs = withBuiltInPacks(own.packs);
  const { checked, failures } = failedExamples(packs, own.packs.length > 0 ? own.packs : packs);
  for (const { rule, kind, example } of failures)
    console.log(`${rule}: ${kind} example ${printableJson(JSON.stringify(example))}`);
  console.log(`${checked} examples, ${failures.length} failed`);
  if (failures.length > 0) process.exitCode = EXIT_FAILED;
}

function explain(line: string, options: RulesOptions & { format?: string }): void {
  const parsed = createLineParser(options.format).parse(Buffer.from(line, 'utf8').toString('latin1'));
  if (!parsed.ok)
    throw new UserError(`The line cannot be read as a request: ${parsed.reason}. --format names a format of your own.`);
  console.log(explanationText(rulesSource(options).current().explain(parsed.request)));
}
