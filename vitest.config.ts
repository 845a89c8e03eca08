import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes up to a minute, mostly because it starts and kills whole stacks. */
const LONG = /^(?:test|deploy|packages\/console\/e2e|packages\/dev-services)\/|\/main\.test\.ts$/;

/**
 * Long files first: Vitest goes by what each took last, which a clean clone does not know, and then by size, so that the shortest
 * of all, which takes a minute, ran alone in the end.
 */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(relative(import.meta.dirname, moduleId));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    // For two cores: most files wait for real servers more than half of their time, and each of those that compute takes a core.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    // Lends servers to the test files that ask for some (see testServices); starts none by itself.
    globalSetup: ['packages/dev-services/src/vitest-global-setup.ts'],
    // Scorers that the tests start are to be there soon rather than to be fast; the test of `warmUp` asks for it.
    env: { SCORER_WARM_UP_LINES: '0' },
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // What is waited for comes late on a busy machine; by default that is a failure after a second.
    expect: { poll: { timeout: 30_000 } },
    include: [
      'packages/*/src/**/*.test.{ts,tsx}',
      'services/*/src/**/*.test.ts',
      'packages/console/e2e/**/*.test.ts',
      'test/**/*.test.ts',
      'scripts/**/*.test.ts',
      'deploy/**/*.test.ts',
      'bench/src/**/*.test.ts',
    ],
  },
});
