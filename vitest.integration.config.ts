import { defineConfig } from 'vitest/config';

// What needs programs beyond the npm registry (NGINX, Chromium …): each test says by name what is missing.
export default defineConfig({
  test: {
    include: ['test/integration/**/*.test.ts', 'test/browser/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
