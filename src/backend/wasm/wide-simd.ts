/**
 * 256-bit instructions from 128-bit code: V8 12 and later can fuse two adjacent vector operations into one
 * (`--experimental-wasm-revectorize`). A self-test compares its bits with those of single numbers, and a loop is timed in
 * the kernels' own memory. Where the bits differ or nothing is gained, or where there is no such flag, kernels stay at 128
 * bits and a notice says so.
 */
import { notice, withdraw } from '../notices.ts';
import { v8Version } from '../surroundings.ts';
import { obstacle } from './memory.ts';
import { currentMachine, setMachine } from './runtime.ts';
import { hasBitsOfNumbers, leastGain, wideGain } from './wide-trial.ts';

const flag = 'experimental-wasm-revectorize';

interface Flags {
  setFlagsFromString(flag: string): void;
}

/** Turns 256-bit code on or off for the kernels that are compiled from now on. */
export function setWideSimd(wide: boolean): void {
  withdraw('wideSimd');
  if (wide === currentMachine().wide) return;
  const why = wide ? turnOn() : null;
  if (why) notice('wideSimd', `wide SIMD is not used, kernels run with 128-bit vectors: ${why}`);
  if (why || !wide) turnOff();
}

/** Returns why there is no wide SIMD, or null if it is on. */
function turnOn(): string | null {
  const why = obstacle();
  if (why) return why;
  const version = v8Version();
  if (version === null || version < 12)
    return `it needs V8 12 or later (Node 22), this is ${version === null ? 'another engine' : `V8 ${version}`}`;
  const v8 = flags();
  if (!v8) return 'the flags of the engine cannot be set here';
  v8.setFlagsFromString(`--${flag}`);
  setMachine({ wide: true });
  if (!hasBitsOfNumbers()) return 'the self-test gave other bits than single numbers do';
  const gain = wideGain();
  return gain >= leastGain
    ? null
    : `a loop ran ${gain.toFixed(2)} × as fast as with 128 bits, in a trial of it`;
}

function turnOff(): void {
  if (!currentMachine().wide) return;
  flags()?.setFlagsFromString(`--no-${flag}`);
  setMachine({ wide: false });
}

function flags(): Flags | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(id: 'node:v8'): Flags | undefined } };
  return process?.getBuiltinModule?.('node:v8');
}
