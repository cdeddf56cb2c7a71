/** Prints the milliseconds from the start of this process, TypeScript loader and all, to the end of the first step. */
import { trainingStep } from './network.ts';

const loss = trainingStep(64)();
if (!Number.isFinite(loss)) throw new Error(`the first loss is ${loss}`);
console.log(performance.now());
