import { statSync } from 'node:fs';
import { Command, Option } from 'commander';
import { compressionOf } from '@vigil/ingestor/files/unpack';
import { createMemoryWindowStore } from '@vigil/scorer/windows/memory-window-store';
import { isAtLeast, type Severity } from '@vigil/shared/contracts';
import { EXIT_FAILED, printableLines, UserError } from '../exit.ts';
import { rulesDirOption, rulesSource, type RulesOptions } from '../operator-rules.ts';
import { userPath } from '../paths.ts';
import { scanInput, type ScannedLine } from '../scan/scan-input.ts';
import { ScanSummary } from '../scan/scan-summary.ts';
import { ProgressLine } from '../terminal/progress-line.ts';
import { readLog, requireFiles } from '../user-files.ts';

interface ScanOptions extends RulesOptions {
  output: 'summary' | 'ndjson';
  minSeverity: Severity;
  source?: string;
  format?: string;
}

/** `vigil scan`: scores logs offline, without any server. */
export function scanCommand(): Command {
  return new Command('scan')
    .description('score log files offline, without any server')
    .argument('<files...>', 'log files, .gz and .zst included, or - for standard input')
    .addOption(new Option('--output <form>', 'what to print').choices(['summary', 'ndjson']).default('summary'))
    .addOption(
      new Option('--min-severity <severity>', 'ndjson: only lines of at least this severity (rejected ones need LOW)')
        .choices(['LOW', 'MEDIUM', 'HIGH'])
        .default('LOW'),
    )
    .option('--source <name>', 'name of the source that the ids are made with; by default the file’s absolute path')
    .option(
      '--format <format>',
      'log format by name, an nginx log_format, an Apache LogFormat or a #Fields: line; by default detected',
    )
    .addOption(rulesDirOption())
    .action(scan);
}

async function scan(files: string[], options: ScanOptions): Promise<void> {
  const engine = rulesSource(options).current();
  const windows = createMemoryWindowStore();
  const summary = new ScanSummary();
  const startedMs = performance.now();
  const paths = files.map(userPath);
  await requireFiles(paths);
  for (const [input, path] of paths.entries()) {
    const progress = progressLine(path, options.output);
    const source = options.source ?? (path === '-' ? 'stdin' : path);
    const parts = { engine, windows, source, input, format: options.format };
    try {
      for await (const lines of scanInput(counted(readLog(path), progress), parts)) {
        for (const line of lines) summary.add(line);
        if (options.output === 'ndjson') await write(lines.filter((line) => wanted(line, options.minSeverity)));
      }
    } catch (error) {
      // What an archive holds before its damage counts, and so do the other files.
      if (!(error instanceof UserError)) throw error;
      console.error(printableLines(`vigil: ${error.message}`));
      process.exitCode = EXIT_FAILED;
    }
  }
  await windows.close();
  if (options.output === 'summary') console.log(summary.text((performance.now() - startedMs) / 1000));
}

/** On a terminal only, and on standard error: standard output carries the result. None among records on that terminal. */
function progressLine(path: string, output: ScanOptions['output']): ProgressLine | undefined {
  if (!process.stderr.isTTY || path === '-' || compressionOf(path) !== undefined) return undefined;
  if (output === 'ndjson' && process.stdout.isTTY) return undefined;
  return new ProgressLine(process.stderr, statSync(path).size);
}

/** Ends the line with the input, before anybody says what is wrong with that. */
async function* counted(input: AsyncIterable<Buffer>, progress: ProgressLine | undefined): AsyncGenerator<Buffer> {
  try {
    for await (const data of input) {
      progress?.add(data.length);
      yield data;
    }
  } finally {
    progress?.end();
  }
}

function wanted(line: ScannedLine, min: Severity): boolean {
  return line.rejected === undefined ? isAtLeast(line.severity, min) : min === 'LOW';
}

/** Waits where the reader is slower than the scan, so that a pipe never fills the memory. */
async function write(lines: readonly ScannedLine[]): Promise<void> {
  if (lines.length === 0) return;
  const text = lines.map(({ line, id, rejected, score, severity, matched_rules }) =>
    JSON.stringify(rejected === undefined ? { line, id, score, severity, matched_rules } : { line, id, rejected }),
  );
  if (!process.stdout.write(`${text.join('\n')}\n`))
    await new Promise((resolve) => process.stdout.once('drain', resolve));
}
