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

/** Whether the engine has WebAssembly with 128-bit SIMD. */
export const hasSimd = engine?.validate(simdProbe) ?? false;
