/** The engine's WebAssembly, typed as far as this backend needs it: TypeScript declares it for browsers only. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Adds pages of 64 KiB; throws a RangeError if there are none. */
  grow(pages: number): number;
}

export type Kernel = (...args: number[]) => void;

interface Engine {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: Record<string, Record<string, WasmMemory>>,
  ) => { readonly exports: Record<string, Kernel> };
  Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
}

export const { WebAssembly: engine } = globalThis as unknown as { WebAssembly?: Engine };

/** A function with one vector instruction: `drop (v128.const 0)`. */
const simdProbe = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // \0asm, version 1
  ...[1, 4, 1, 0x60, 0, 0], // type: () -> ()
  ...[3, 2, 1, 0], // function 0 of that type
  ...[10, 23, 1, 21, 0, 0xfd, 12, ...new Array<number>(16).fill(0), 0x1a, 0x0b],
]);

/** Returns why the engine runs no kernel, or null. */
export function engineObstacle(): string | null {
  if (!engine?.validate(simdProbe)) return 'this engine lacks WebAssembly with 128-bit SIMD';
  try {
    new engine.Module(simdProbe);
    return null;
  } catch (error) {
    const rule = "the Content Security Policy of a page must have 'wasm-unsafe-eval' in script-src";
    return `no WebAssembly can be compiled here, ${rule} (${error instanceof Error ? error.message : error})`;
  }
}

/** A memory, whether other threads can see it, and how many pages it may grow to. */
export interface Reservation {
  readonly memory: WasmMemory;
  readonly isShared: boolean;
  readonly pages: number;
}

/** A memory that may grow to less than 64 MiB is not worth having. */
const fewestPages = 1024;

/**
 * Returns the best memory that can be had: shared with other threads if possible, then as large as possible, up to
 * `maximum` pages. Engines reserve its addresses at once, and may have too few. Throws what the engine throws if there is none.
 */
export function reserveMemory(initial: number, maximum: number): Reservation {
  let last: unknown = null;
  for (const isShared of typeof SharedArrayBuffer === 'undefined' ? [false] : [true, false]) {
    for (let pages = maximum; pages >= fewestPages; pages = Math.floor(pages / 2)) {
      try {
        return {
          memory: new engine!.Memory({ initial, maximum: pages, shared: isShared }),
          isShared,
          pages,
        };
      } catch (error) {
        last = error;
      }
    }
  }
  throw last;
}
