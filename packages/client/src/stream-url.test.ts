import { expect, it } from 'vitest';
import { streamUrl } from './stream-url.ts';

it('asks for an empty list as for one, which the gateway refuses: left out, it would stand for everything', () => {
  const { searchParams } = streamUrl('http://vigil.example/below/', { source_ip: [], class: 'XSS' }, 7, false);
  expect(searchParams.getAll('source_ip')).toEqual(['']);
  expect(searchParams.getAll('class')).toEqual(['XSS']);
});

it('leaves out what is not given', () => {
  expect(streamUrl('http://vigil.example', {}, undefined, false).href).toBe('ws://vigil.example/ws/alerts?control=1');
});

it('takes the address of the stream as it is, and asks for all that is kept where that is wanted', () => {
  const url = streamUrl('wss://vigil.example/below/ws/alerts', {}, 0, true);
  expect(url.href).toBe('wss://vigil.example/below/ws/alerts?control=1&batch=1&after=0');
});
