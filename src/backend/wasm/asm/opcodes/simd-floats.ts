/** Four float32 lanes, two float64 lanes. A comparison fills its lane with ones or zeros, the mask of `v128.bitselect`. */

// biome-ignore format: one row per kind of instruction
export const f32x4Table = {
  'f32 -> v128': { splat: 0xfd_13 },
  'v128 lane4 -> f32': { extractLane: 0xfd_1f },
  'v128 lane4 f32 -> v128': { replaceLane: 0xfd_20 },
  'v128 -> v128': {
    abs: 0xfd_e0, neg: 0xfd_e1, sqrt: 0xfd_e3,
    ceil: 0xfd_67, floor: 0xfd_68, trunc: 0xfd_69, nearest: 0xfd_6a,
    convertI32x4S: 0xfd_fa, convertI32x4U: 0xfd_fb, demoteF64x2Zero: 0xfd_5e,
  },
  'v128 v128 -> v128': {
    eq: 0xfd_41, ne: 0xfd_42, lt: 0xfd_43, gt: 0xfd_44, le: 0xfd_45, ge: 0xfd_46,
    add: 0xfd_e4, sub: 0xfd_e5, mul: 0xfd_e6, div: 0xfd_e7,
    // pmin(a, b) is b < a ? b : a, pmax(a, b) is a < b ? b : a: one instruction each on x64, and no care for NaN.
    min: 0xfd_e8, max: 0xfd_e9, pmin: 0xfd_ea, pmax: 0xfd_eb,
  },
} as const;

// biome-ignore format: one row per kind of instruction
export const f64x2Table = {
  'f64 -> v128': { splat: 0xfd_14 },
  'v128 lane2 -> f64': { extractLane: 0xfd_21 },
  'v128 lane2 f64 -> v128': { replaceLane: 0xfd_22 },
  'v128 -> v128': {
    abs: 0xfd_ec, neg: 0xfd_ed, sqrt: 0xfd_ef,
    ceil: 0xfd_74, floor: 0xfd_75, trunc: 0xfd_7a, nearest: 0xfd_94,
    convertLowI32x4S: 0xfd_fe, convertLowI32x4U: 0xfd_ff, promoteLowF32x4: 0xfd_5f,
  },
  'v128 v128 -> v128': {
    eq: 0xfd_47, ne: 0xfd_48, lt: 0xfd_49, gt: 0xfd_4a, le: 0xfd_4b, ge: 0xfd_4c,
    add: 0xfd_f0, sub: 0xfd_f1, mul: 0xfd_f2, div: 0xfd_f3,
    min: 0xfd_f4, max: 0xfd_f5, pmin: 0xfd_f6, pmax: 0xfd_f7,
  },
} as const;
