import { defineConfig } from 'vitest/config';

// What needs only the npm registry. Tests that start Debian's programs are in vitest.integration.config.ts.
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'ui/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/integration/**', 'test/browser/**', '**/node_modules/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
