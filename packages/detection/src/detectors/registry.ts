import type { Detector } from './detector.ts';
import { filePath } from './file-path.ts';
import { graphql } from './graphql.ts';
import { html } from './html/html.ts';
import { script } from './script/script.ts';
import { shell } from './shell/shell.ts';
import { sql } from './sql/sql.ts';
import { template } from './template/template.ts';
import { url } from './url/url.ts';

/** All structural detectors, by name. */
export const DETECTORS: ReadonlyMap<string, Detector> = new Map<string, Detector>(
  [sql, html, script, shell, template, filePath, url, graphql].map((detector) => [detector.name, detector]),
);

/** Every `detector.signal` that a rule may name. */
export const SIGNALS: ReadonlySet<string> = new Set(
  [...DETECTORS.values()].flatMap((detector) => detector.signals.map((signal) => `${detector.name}.${signal}`)),
);
