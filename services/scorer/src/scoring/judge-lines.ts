import type { Assessment, Engine, Evidence } from '@vigil/detection';
import { BatchWindows } from '@vigil/detection/windows/batch-windows';
import type { LineParser } from '@vigil/detection/formats/line-parser';
import { hasEvidence } from '@vigil/detection/windows/evidence';
import type { ParsedRequest, RejectionReason, WindowFeatures } from '@vigil/shared/contracts';
import type { Histories } from '../windows/window-store.ts';

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
  /** Undefined where the line was rejected or failed. */
  requests: readonly (ParsedRequest | undefined)[];
  /** Where there was evidence or behaviour that bears on the score. */
  assessments: ReadonlyMap<number, Assessment>;
  /** The client's behaviour, for lines that reached MEDIUM. */
  features: ReadonlyMap<number, WindowFeatures>;
  rejections: ReadonlyMap<number, RejectionReason>;
  failures: readonly Failure[];
}

export interface JudgeOptions {
  /** Assess every line, also where nothing can come of it; for offline scans that show each line's rules. */
  exhaustive?: boolean;
}

/**
 * Judges the lines of a batch: `read` parses and inspects them all, then the caller has the window store merge `windows.deltas()`,
 * and `conclude` judges each line by its text and its client's behaviour. One bad line fails by itself.
 */
export class LineJudge {
  readonly windows: BatchWindows;
  readonly #engine: Engine;
  readonly #exhaustive: boolean;
  readonly #requests: (ParsedRequest | undefined)[] = [];
  /** Line number of each request that the windows know. */
  readonly #lines: number[] = [];
  readonly #evidence: Evidence[] = [];
  readonly #rejections = new Map<number, RejectionReason>();
  readonly #failures: Failure[] = [];

  constructor(engine: Engine, options: JudgeOptions = {}) {
    this.#engine = engine;
    this.#exhaustive = options.exhaustive ?? false;
    this.windows = new BatchWindows({ exhaustive: this.#exhaustive });
  }

  /**
   * @param lineAt the line's text, one code unit per byte
   * @param skip lines that must not be touched, with what they did
   */
  read(
    lineCount: number,
    lineAt: (line: number) => string,
    parser: LineParser,
    skip?: ReadonlyMap<number, Failure>,
  ): void {
    for (let line = 0; line < lineCount; line += 1) {
      const known = skip?.get(line);
      if (known === undefined) this.#readLine(line, lineAt(line), parser);
      else this.#fail(line, known);
    }
  }

  /** Call once, after `read` and after the store has merged the deltas. */
  conclude(histories: Histories): Judgements {
    const assessments = new Map<number, Assessment>();
    const features = new Map<number, WindowFeatures>();
    this.windows.walk(histories, (index, behaviour, featuresOf) => {
      const line = this.#lines[index]!;
      const evidence = this.#evidence[index]!;
      if (behaviour.length === 0 && !hasEvidence(evidence)) return;
      try {
        const assessment = this.#engine.conclude(this.#requests[line]!, evidence, behaviour);
        assessments.set(line, assessment);
        if (assessment.severity !== 'LOW') features.set(line, featuresOf());
      } catch (error) {
        assessments.delete(line);
        this.#fail(line, failureOf(line, error));
      }
    });
    return {
      lineCount: this.#requests.length,
      requests: this.#requests,
      assessments,
      features,
      rejections: this.#rejections,
      failures: this.#failures,
    };
  }

  #readLine(line: number, text: string, parser: LineParser): void {
    try {
      const parsed = parser.parse(text);
      if (!parsed.ok) {
        this.#requests.push(undefined);
        this.#rejections.set(line, parsed.reason);
        return;
      }
      const evidence = this.#engine.inspect(parsed.request);
      const index = this.windows.add(parsed.request, evidence);
      this.#requests.push(parsed.request);
      this.#lines[index] = line;
      this.#evidence[index] = evidence;
    } catch (error) {
      this.#fail(line, failureOf(line, error));
    }
  }

  #fail(line: number, failure: Failure): void {
    this.#requests[line] = undefined;
    this.#failures.push(failure);
  }
}

/** The failure of a line on which the code that was to deal with it threw. */
export function failureOf(line: number, error: unknown): Failure {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { line, reason: 'engine_error', message, stack };
}
