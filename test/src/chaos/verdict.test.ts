import { describe, expect, it } from 'vitest';
import { judgeStream } from './verdict.ts';

const EVENTS = new Map(['a', 'b', 'c'].map((id) => [id, {}]));
const SEQ_OF = new Map([
  ['a', 1],
  ['b', 2],
  ['c', 3],
]);
const [A, B, C] = [...SEQ_OF].map(([id, seq]) => ({ id, seq })) as [Message, Message, Message];
interface Message {
  id: string;
  seq: number;
}

describe('the verdict on what JetStream holds', () => {
  it('is clean where each alert is there once, in order', () => {
    expect(judgeStream([A, B, C], EVENTS, SEQ_OF)).toEqual({ broken: [], missing: 0, repeated: 0, outOfOrder: 0 });
  });

  it.each([
    { what: 'two alerts have changed places', messages: [A, C, B], broken: [/seq 1 to n in order: 2/] },
    { what: 'an alert comes again, late', messages: [A, B, C, A], broken: [/1 alerts twice/, /in order: 1/] },
    { what: 'an alert is lost', messages: [A, C], broken: [/lacks 1/, /in order: 1/] },
    { what: 'there is one that is none', messages: [A, B, C, { id: 'd', seq: 4 }], broken: [/1 alerts too many/] },
    {
      what: 'two alerts have each the seq of the other',
      messages: [{ ...B, seq: 1 }, { ...A, seq: 2 }, C],
      broken: [/another seq than PostgreSQL for 2/],
    },
  ])('tells that $what', ({ messages, broken }) => {
    const told = judgeStream(messages, EVENTS, SEQ_OF).broken;
    expect(told).toEqual(broken.map((pattern) => expect.stringMatching(pattern)));
  });
});
