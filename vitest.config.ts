import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^tinygrad-ts\/asm$/, replacement: source('./src/backend/wasm/asm/index.ts') },
      { find: /^tinygrad-ts\/node$/, replacement: source('./src/node.ts') },
      { find: /^tinygrad-ts$/, replacement: source('./src/index.ts') },
    ],
  },
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000 },
});
