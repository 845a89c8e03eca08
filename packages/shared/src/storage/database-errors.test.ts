import { expect, it } from 'vitest';
import { DataError, isAway, isDataError, isTooSlow, sqlState } from './database-errors.ts';

/** As the driver gives it: what PostgreSQL says is the cause of what the ORM throws. */
const refusal = (code: string): Error => new Error('refused', { cause: Object.assign(new Error('why'), { code }) });

it.each([
  ['a row that is named twice', '21000', 'data'],
  ['text that is none', '22021', 'data'],
  ['a null where none may be', '23502', 'data'],
  ['a value that no index row can hold', '54000', 'data'],
  ['a day whose partition was detached meanwhile', '23514', undefined],
  ['a connection that failed', '08006', 'away'],
  ['a full disk', '53100', 'away'],
  ['a shutdown', '57P01', 'away'],
  ['a statement that took too long', '57014', 'away'],
  ['a replica that takes no writes', '25006', 'away'],
  ['a lock that was not to be had', '55P03', undefined],
  ['a statement that is wrong', '42601', undefined],
])('knows whether the data or the server is at fault: %s', (_what, code, at) => {
  const error = refusal(code);
  expect(sqlState(error)).toBe(code);
  expect([isDataError(error), isAway(error)]).toEqual([at === 'data', at === 'away']);
  expect(isTooSlow(error)).toBe(code === '57014');
});

it('takes a connection that is gone for a server that is away, and a mistake of ours for neither', () => {
  const gone = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  expect([isDataError(gone), isAway(gone)]).toEqual([false, true]);
  const mistake = new TypeError('x is not a function');
  expect([isDataError(mistake), isAway(mistake)]).toEqual([false, false]);
});

it('takes what we ourselves do not store for what PostgreSQL refuses', () => {
  expect(isDataError(new DataError('one day too many'))).toBe(true);
});
