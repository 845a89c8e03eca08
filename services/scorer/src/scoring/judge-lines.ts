import type { Assessment, Engine } from '@vigil/detection';
import { BatchWindows, type Visit } from '@vigil/detection/windows/batch-windows';
import { createLineParser, type LineParser } from '@vigil/detection/formats/line-parser';
import { emptyPlainFields } from '@vigil/detection/formats/plain-combined';
import { hasEvidence } from '@vigil/detection/windows/evidence';
import type { ParsedRequest, RejectionReason, WindowFeatures } from '@vigil/shared/contracts';
import { asError } from '../as-error.ts';
import type { Histories } from '../windows/window-store.ts';

/** Reads the lines that show by their bytes that they are plain, whatever stands around them. */
const combinedLines = createLineParser('combined');

/** A line that made the engine throw, or that is known to harm the process. */
export interface Failure {
  line: number;
  reason: 'engine_error' | 'process_killer';
  message: string;
  stack: string;
}

/** What became of the lines of a batch, by line number from 0. Lines that are in none of the lists are LOW with a score of 0. */
export interface Judgements {
  lineCount: number;
  /** Of lines that were neither rejected nor failed, nor so plain that nobody asked for it. */
  requests: ReadonlyMap<number, ParsedRequest>;
  /** Where there was evidence or behaviour that bears on the score. */
  assessments: ReadonlyMap<number, Assessment>;
  /** The client's behaviour, for lines that reached MEDIUM. */
  features: ReadonlyMap<number, WindowFeatures>;
  rejections: ReadonlyMap<number, RejectionReason>;
  failures: readonly Failure[];
}

/** The lines of a batch. */
export interface ReadableLines {
  count: number;
  /** A line's text, one code unit per byte. */
  textAt: (line: number) => string;
  /** All lines as they lie in memory, and where each begins and ends, two numbers a line. Without them every line becomes a text. */
  bytes?: Buffer;
  bounds?: Uint32Array;
}

export interface JudgeOptions {
  /** Assess every line, also where nothing can come of it; for offline scans that show each line's rules. */
  exhaustive?: boolean;
  /** Source of the lines: where they name no host, logins of two sources are two. */
  site?: string;
}

/**
 * Judges the lines of a batch: `read` parses them all and inspects those that are not plain, then the caller has the window store
 * merge `windows.deltas()`, and `conclude` judges each line by its text and its client's behaviour. One bad line fails by itself.
 */
export class LineJudge {
  readonly windows: BatchWindows;
  readonly #engine: Engine;
  readonly #exhaustive: boolean;
  readonly #requests = new Map<number, ParsedRequest>();
  readonly #rejections = new Map<number, RejectionReason>();
  readonly #failures = new Map<number, Failure>();
  readonly #plain = emptyPlainFields();
  #lines: ReadableLines = { count: 0, textAt: () => '' };
  #lastTimeMs: number | undefined;

  constructor(engine: Engine, options: JudgeOptions = {}) {
    this.#engine = engine;
    this.#exhaustive = options.exhaustive ?? false;
    this.windows = new BatchWindows({ exhaustive: this.#exhaustive, site: options.site ?? '' });
  }

  /** Time of the last request that was read, epoch ms. */
  get lastTimeMs(): number | undefined {
    return this.#lastTimeMs;
  }

  /** @param skip lines that must not be touched, with what they did */
  read(lines: ReadableLines, parser: LineParser, skip?: ReadonlyMap<number, Failure>): void {
    this.#lines = lines;
    for (let line = 0; line < lines.count; line += 1) {
      const known = skip?.get(line);
      if (known === undefined) this.#readLine(line, lines, parser);
      else this.#fail(line, known);
    }
    // Together, as the rules' code and tables would have to come into the processor's caches anew for an attack among plain lines.
    for (const [line, request] of this.#requests) this.#inspect(line, request);
  }

  /** Call once, after `read` and after the store has merged the deltas. */
  conclude(histories: Histories): Judgements {
    const assessments = new Map<number, Assessment>();
    const features = new Map<number, WindowFeatures>();
    const visit: Visit = (line, request, evidence, behaviour, featuresOf) => {
      if ((behaviour.length === 0 && !hasEvidence(evidence)) || this.#failures.has(line)) return;
      try {
        const assessment = this.#engine.conclude(request, evidence, behaviour);
        if (assessment.severity !== 'LOW') features.set(line, featuresOf());
        assessments.set(line, assessment);
      } catch (error) {
        this.#fail(line, failureOf(line, error));
      }
    };
    this.windows.walk(histories, (line) => this.#requestOf(line), visit);
    for (const line of this.#failures.keys()) this.#requests.delete(line);
    return {
      lineCount: this.#lines.count,
      requests: this.#requests,
      assessments,
      features,
      rejections: this.#rejections,
      failures: [...this.#failures.values()],
    };
  }

  #readLine(line: number, lines: ReadableLines, parser: LineParser): void {
    try {
      if (!this.#readPlain(line, lines, parser)) this.#readText(line, lines.textAt(line), parser);
    } catch (error) {
      this.#fail(line, failureOf(line, error));
    }
  }

  /** Reads a line that shows by its bytes that it is plain and that no rule matches in it; says whether it is one. */
  #readPlain(line: number, { bytes, bounds }: ReadableLines, parser: LineParser): boolean {
    if (bytes === undefined || bounds === undefined) return false;
    const fields = this.#plain;
    if (!parser.findPlain(bytes, bounds[line * 2]!, bounds[line * 2 + 1]!, fields)) return false;
    if (!this.#engine.isQuiet(bytes, fields)) return false;
    this.windows.addPlain(line, bytes, fields);
    this.#lastTimeMs = fields.timestampMs;
    return true;
  }

  #readText(line: number, text: string, parser: LineParser): void {
    const parsed = parser.parse(text);
    if (!parsed.ok) {
      this.#rejections.set(line, parsed.reason);
      return;
    }
    this.windows.add(line, parsed.request);
    this.#lastTimeMs = parsed.request.timestampMs;
    this.#requests.set(line, parsed.request);
  }

  #inspect(line: number, request: ParsedRequest): void {
    try {
      this.windows.addEvidence(line, request, this.#engine.inspect(request));
    } catch (error) {
      this.#fail(line, failureOf(line, error));
    }
  }

  /** Of a plain line it is read now, which few are whose clients' behaviour is looked at line by line. */
  #requestOf(line: number): ParsedRequest {
    const known = this.#requests.get(line);
    if (known !== undefined) return known;
    const parsed = combinedLines.parse(this.#lines.textAt(line));
    if (!parsed.ok) throw new Error(`line ${line} was read as a plain one and is ${parsed.reason}`);
    this.#requests.set(line, parsed.request);
    return parsed.request;
  }

  /** The client has made the request nonetheless: its windows count it. */
  #fail(line: number, failure: Failure): void {
    this.#failures.set(line, failure);
  }
}

/** The failure of a line on which the code that was to deal with it threw. */
export function failureOf(line: number, error: unknown): Failure {
  const { message, stack = '' } = asError(error);
  return { line, reason: 'engine_error', message, stack };
}
