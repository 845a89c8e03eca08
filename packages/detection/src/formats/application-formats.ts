import type { LineFormat } from './line-format.ts';
import { logfmtFormat } from './logfmt.ts';
import { patternFormat } from './pattern-format.ts';

/** uvicorn's, without a time of its own. */
const uvicornFormat = patternFormat(
  'uvicorn',
  /[\w.:[\] ]/,
  /^(?:INFO:)? *(?<address>[\w.:[\]]{2,64}) - "(?<requestLine>[^\r\n]*)" (?<status>\d{3})(?: [A-Z][\w' -]{0,40})?$/,
);
/** gin's: https://github.com/gin-gonic/gin */
const ginFormat = patternFormat(
  'gin',
  /\[/,
  /^\[GIN\] (?<time>\d{4}\/\d\d\/\d\d - \d\d:\d\d:\d\d) \| *(?<status>\d{3}) *\| *[^\s|]{1,32} *\| *(?<address>\S{2,64}) *\| *(?<method>[A-Z]{1,32}) +"(?<target>[^\r\n]*)"$/,
);
/** The logger of chi: https://github.com/go-chi/chi */
const chiFormat = patternFormat(
  'chi',
  /\d/,
  /^(?<time>\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d)(?:\.\d{1,9})? (?:\[[^\]\s]{1,256}\] )?"(?<requestLine>[^\r\n]*)" from (?<address>\S{2,64}) - (?<status>\d{3}) (?<bytes>\d{1,15})B in \S{1,32}$/,
  { isWholeUrl: true },
);
/** What Rails writes of each request before it answers, and what Logger puts before that. */
const railsFormat = patternFormat(
  'rails',
  /[A-Z[]/,
  /^(?:[A-Z], \[[^\]]{1,64}\] +[A-Z]{4,7} -- [^:\s]{0,64}: )?(?:\[[^\]\s]{1,128}\] ){0,4}Started (?<method>[A-Z]{1,32}) "(?<target>[^\r\n]*)" for (?<address>\S{2,64}) at (?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4})$/,
);
/** uWSGI's: https://uwsgi-docs.readthedocs.io/en/latest/LogFormat.html */
const uwsgiFormat = patternFormat(
  'uwsgi',
  /\[/,
  /^\[pid: \d{1,10}\|app: -?\d{0,10}\|req: -?\d{0,10}\/\d{1,20}\] (?<address>\S{2,64}) \((?<user>[^)]{0,255})\) \{\d{1,10} vars in \d{1,10} bytes\} \[(?<time>[^\]]{24})\] (?<method>\S{1,32}) (?<target>\S+) => generated (?<bytes>\d{1,15}) bytes in (?<duration>\d{1,15}) msecs (?:via \S{1,32} )?\((?<protocol>[^\r\n]*) (?<status>\d{3})\) \d{1,10} headers in \d{1,10} bytes \(\d{1,10} switches on core \d{1,10}\)\s*$/,
  { durationUnitSeconds: 1e-3 },
);
/** PHP-FPM's, as it comes and with more behind it: https://www.php.net/manual/en/install.fpm.configuration.php */
const phpFpmFormat = patternFormat(
  'php-fpm',
  /[\da-fA-F:-]/,
  /^(?<address>[\da-fA-F:][\da-fA-F.:]{1,44}|-) - {1,2}(?<user>[^\r\n]{0,255}?) {0,2}(?<time>\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}) "(?<method>[A-Z]{1,32}) (?<target>[^\r\n]*)" (?<status>\d{3})(?: [^"\r\n]*)?$/,
);

/** What programs log of the requests that they answer themselves, where no server before them does. */
export const APPLICATION_FORMATS: readonly LineFormat[] = [
  ginFormat,
  chiFormat,
  railsFormat,
  uwsgiFormat,
  phpFpmFormat,
  logfmtFormat,
  uvicornFormat,
];
