import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Real servers are started by the suites that need them; more files at once than cores only makes them wait longer.
    maxWorkers: 2,
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
