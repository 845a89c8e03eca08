import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Real servers are started by the suites that need them; more files at once than cores only makes them wait longer.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    include: [
      'packages/*/src/**/*.test.{ts,tsx}',
      'services/*/src/**/*.test.ts',
      'test/**/*.test.ts',
      'scripts/**/*.test.ts',
      'deploy/**/*.test.ts',
    ],
  },
});
