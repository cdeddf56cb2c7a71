import { createRequire } from 'node:module';

/** The program that `npx tsx` runs. */
export const tsx = createRequire(import.meta.url).resolve('tsx/cli');
