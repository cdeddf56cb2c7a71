/**
 * 256-bit instructions from 128-bit code: V8 12 and later can fuse two adjacent vector operations into one
 * (`--experimental-wasm-revectorize`). A self-test compares its bits with those of single numbers; where it differs, or
 * where there is no such flag, kernels stay at 128 bits and a notice says so.
 */
import { f32x4, forRange, i32, type Module, v128 } from './asm/index.ts';
import { allocate, elementsAt, release } from './memory.ts';
import { compile, currentMachine, setMachine } from './runtime.ts';
import { settle } from './schedule.ts';

const flag = 'experimental-wasm-revectorize';

interface NodeProcess {
  readonly versions?: { readonly v8?: string };
  getBuiltinModule?(id: 'node:v8'): { setFlagsFromString(flag: string): void } | undefined;
}

const { process: nodeProcess } = globalThis as { process?: NodeProcess };

/** Turns 256-bit code on or off for the kernels that are compiled from now on. */
export function setWideSimd(wide: boolean): void {
  if (wide === currentMachine().wide) return;
  const obstacle = wide ? turnOn() : null;
  if (obstacle) {
    console.warn(`tinygrad-ts: wide SIMD is not used: ${obstacle}. Kernels run with 128-bit vectors.`);
  }
  if (obstacle || !wide) turnOff();
}

/** Returns why there is no wide SIMD, or null if it is on. */
function turnOn(): string | null {
  const version = Number.parseInt(nodeProcess?.versions?.v8 ?? '', 10);
  if (!(version >= 12))
    return `it needs V8 12 or later (Node 22), this is ${version ? `V8 ${version}` : 'another engine'}`;
  const v8 = flags();
  if (!v8) return 'the flags of the engine cannot be set here';
  v8.setFlagsFromString(`--${flag}`);
  setMachine({ wide: true });
  return selfTest() ? null : 'the self-test gave other bits than single numbers do';
}

function turnOff(): void {
  if (!currentMachine().wide) return;
  flags()?.setFlagsFromString(`--no-${flag}`);
  setMachine({ wide: false });
}

function flags(): { setFlagsFromString(flag: string): void } | undefined {
  return nodeProcess?.getBuiltinModule?.('node:v8');
}

/** y[k] = y[k] · x[k] + x[k] for pairs of vectors, n times over. */
function multiplyAdd(m: Module) {
  const params = { y: i32, x: i32, bytes: i32, n: i32 };
  return m.func({ name: 'multiplyAdd', params }, (f, { y, x, bytes, n }) => {
    const [round, i] = [f.local(i32, 'round'), f.local(i32, 'i')];
    forRange(f, round, 0, n, 1, () =>
      forRange(f, i, 0, bytes, 32, () => {
        const [py, px] = [f.let(i32.add(y, i), 'py'), f.let(i32.add(x, i), 'px')];
        const results = [0, 16].map(at =>
          f.let(f32x4.add(f32x4.mul(v128.load(py, at), v128.load(px, at)), v128.load(px, at)), `r${at}`),
        );
        results.forEach((r, k) => void v128.store(f, py, r, 16 * k));
      }),
    );
  });
}

/** Whether a loop that is run until the engine has optimised it has the bits of single numbers all the time. */
function selfTest(): boolean {
  const [length, rounds, calls] = [64, 100, 200];
  const region = allocate(8 * length);
  settle();
  try {
    const { run } = compile('wide SIMD self-test', multiplyAdd);
    const x = Float32Array.from({ length }, (_, k) => Math.fround(0.9 + Math.sin(k) / 50));
    const want = new Float32Array(length);
    elementsAt(region.address, 'float32', length).fill(0);
    elementsAt(region.address + 4 * length, 'float32', length).set(x);
    for (let call = 0; call < calls; call++) {
      run(region.address, region.address + 4 * length, 4 * length, rounds);
      for (let i = 0; i < rounds; i++)
        for (let k = 0; k < length; k++) want[k] = Math.fround(want[k]! * x[k]!) + x[k]!;
      const got = elementsAt(region.address, 'float32', length);
      if (!want.every((v, k) => Object.is(v, got[k]))) return false;
    }
    return true;
  } finally {
    release(region);
  }
}
