import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { whyUnreadable } from './why-unreadable.ts';

const whyNot = (name: string): Promise<string> => open(join(tmpdir(), name)).then(() => 'opened', whyUnreadable);

it('says of a name that is not UTF-8 how the file comes to be read, and not that there is none', async () => {
  // As Node.js gives it where a folder has a file called access-\xff.log.
  expect(await whyNot(Buffer.from('access-\xff.log', 'latin1').toString())).toMatch(/is not UTF-8; rename it$/);
  expect(await whyNot('access-\u00ff-that-is-not-there.log')).toMatch(/^there is no such file; it is read as soon/);
});
