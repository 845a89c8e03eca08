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

/** What programs log of the requests that they answer themselves, where no server before them does. */
export const APPLICATION_FORMATS: readonly LineFormat[] = [
  ginFormat,
  chiFormat,
  railsFormat,
  logfmtFormat,
  uvicornFormat,
];
