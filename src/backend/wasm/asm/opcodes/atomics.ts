/**
 * Sequentially consistent accesses to aligned memory (a misaligned address traps), all of them effects, loads too:
 * their place in the order of things is what they are for. The read-modify-write ones give the old value.
 */

export const i32Atomics = {
  'mem4 -> i32': { load: 0xfe_10 },
  'mem4 i32 -> none': { store: 0xfe_17 },
} as const;

export const i64Atomics = {
  'mem8 -> i64': { load: 0xfe_11 },
  'mem8 i64 -> none': { store: 0xfe_18 },
} as const;

export const i32Rmw = {
  'mem4 i32 -> i32': { add: 0xfe_1e, sub: 0xfe_25, and: 0xfe_2c, or: 0xfe_33, xor: 0xfe_3a, xchg: 0xfe_41 },
  // cmpxchg(address, expected, replacement)
  'mem4 i32 i32 -> i32': { cmpxchg: 0xfe_48 },
} as const;

export const i64Rmw = {
  'mem8 i64 -> i64': { add: 0xfe_1f, sub: 0xfe_26, and: 0xfe_2d, or: 0xfe_34, xor: 0xfe_3b, xchg: 0xfe_42 },
  'mem8 i64 i64 -> i64': { cmpxchg: 0xfe_49 },
} as const;

/**
 * `notify(address, count)` gives the number of threads woken. `wait32(address, expected, nanoseconds)` sleeps while
 * the memory holds `expected`, for ever if the time is negative; it gives 0 woken, 1 not equal, 2 timed out.
 */
export const memoryAtomics = {
  'mem4 i32 -> i32': { notify: 0xfe_00 },
  'mem4 i32 i64 -> i32': { wait32: 0xfe_01 },
  'mem8 i64 i64 -> i32': { wait64: 0xfe_02 },
} as const;

export const fences = { 'zero -> none': { fence: 0xfe_03 } } as const;
