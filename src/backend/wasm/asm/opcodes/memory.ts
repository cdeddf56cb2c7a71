/**
 * Loads are expressions, stores are effects. `load8S` reads one byte and extends its sign; `v128.load32Splat` copies
 * four bytes to every lane, `load32Zero` clears the other lanes, `load32Lane` keeps them. Any address may be unaligned.
 */

export const i32Loads = {
  'mem1 -> i32': { load8S: 0x2c, load8U: 0x2d },
  'mem2 -> i32': { load16S: 0x2e, load16U: 0x2f },
  'mem4 -> i32': { load: 0x28 },
} as const;

export const i64Loads = {
  'mem1 -> i64': { load8S: 0x30, load8U: 0x31 },
  'mem2 -> i64': { load16S: 0x32, load16U: 0x33 },
  'mem4 -> i64': { load32S: 0x34, load32U: 0x35 },
  'mem8 -> i64': { load: 0x29 },
} as const;

export const f32Loads = { 'mem4 -> f32': { load: 0x2a } } as const;

export const f64Loads = { 'mem8 -> f64': { load: 0x2b } } as const;

// biome-ignore format: one row per kind of instruction
export const v128Loads = {
  'mem16 -> v128': { load: 0xfd_00 },
  'mem8 -> v128': {
    load8x8S: 0xfd_01, load8x8U: 0xfd_02, load16x4S: 0xfd_03, load16x4U: 0xfd_04,
    load32x2S: 0xfd_05, load32x2U: 0xfd_06, load64Splat: 0xfd_0a, load64Zero: 0xfd_5d,
  },
  'mem4 -> v128': { load32Splat: 0xfd_09, load32Zero: 0xfd_5c },
  'mem2 -> v128': { load16Splat: 0xfd_08 },
  'mem1 -> v128': { load8Splat: 0xfd_07 },
  'mem1 v128 lane16 -> v128': { load8Lane: 0xfd_54 },
  'mem2 v128 lane8 -> v128': { load16Lane: 0xfd_55 },
  'mem4 v128 lane4 -> v128': { load32Lane: 0xfd_56 },
  'mem8 v128 lane2 -> v128': { load64Lane: 0xfd_57 },
} as const;

export const i32Stores = {
  'mem1 i32 -> none': { store8: 0x3a },
  'mem2 i32 -> none': { store16: 0x3b },
  'mem4 i32 -> none': { store: 0x36 },
} as const;

export const i64Stores = {
  'mem1 i64 -> none': { store8: 0x3c },
  'mem2 i64 -> none': { store16: 0x3d },
  'mem4 i64 -> none': { store32: 0x3e },
  'mem8 i64 -> none': { store: 0x37 },
} as const;

export const f32Stores = { 'mem4 f32 -> none': { store: 0x38 } } as const;

export const f64Stores = { 'mem8 f64 -> none': { store: 0x39 } } as const;

export const v128Stores = {
  'mem16 v128 -> none': { store: 0xfd_0b },
  'mem1 v128 lane16 -> none': { store8Lane: 0xfd_58 },
  'mem2 v128 lane8 -> none': { store16Lane: 0xfd_59 },
  'mem4 v128 lane4 -> none': { store32Lane: 0xfd_5a },
  'mem8 v128 lane2 -> none': { store64Lane: 0xfd_5b },
} as const;

/** The size, in pages of 64 KiB. */
export const memoryReads = { 'zero -> i32': { size: 0x3f } } as const;

/** `grow(pages)` gives the old size in pages, or -1; `copy(to, from, bytes)`; `fill(to, byte, bytes)`. */
export const memoryEffects = {
  'i32 zero -> i32': { grow: 0x40 },
  'i32 i32 i32 zero zero -> none': { copy: 0xfc_0a },
  'i32 i32 i32 zero -> none': { fill: 0xfc_0b },
} as const;
