import { compileFilters } from '@vigil/shared/alerts/alert-filter';
import { testAlert } from '@vigil/shared/testing/alert';
import { expect, it } from 'vitest';
import { AlertEntry } from './alert-ring.ts';
import { LiveGroup, type GroupMember } from './live-group.ts';

class Member implements GroupMember {
  readonly seqs: number[] = [];
  cursor = 0;

  deliver(messages: readonly Buffer[], cursor: number): void {
    for (const message of messages) {
      const frame = JSON.parse(message.toString()) as { alerts?: { seq: number }[] };
      this.seqs.push(...(frame.alerts ?? []).map(({ seq }) => seq));
    }
    this.cursor = cursor;
  }
}

const entry = (seq: number): AlertEntry => new AlertEntry(testAlert({ seq }));

it('gives whoever joins while alerts wait to be sent together none of those, which he has', () => {
  const group = new LiveGroup('key', compileFilters({}), 'batch', 0);
  const [first, second] = [new Member(), new Member()];
  group.add(first);
  group.offer([entry(1), entry(2)], 2);
  expect(first.seqs).toEqual([]);
  group.add(second);
  group.offer([entry(3)], 3);
  group.flush();
  expect([first.seqs, second.seqs]).toEqual([[1, 2, 3], [3]]);
  expect([first.cursor, second.cursor]).toEqual([3, 3]);
});

it('sends what waits before a control frame, and no more than may wait', () => {
  const group = new LiveGroup('key', compileFilters({}), 'batch', 0);
  const member = new Member();
  group.add(member);
  group.offer([entry(1)], 1);
  group.announce(() => ({ event: 'gap', from: 2, to: 4, reason: 'expired' }), 4);
  expect([member.seqs, member.cursor]).toEqual([[1], 4]);
  const many = Array.from({ length: 500 }, (_, index) => entry(index + 5));
  group.offer(many, 504);
  expect([member.seqs.length, member.cursor]).toEqual([501, 504]);
});
