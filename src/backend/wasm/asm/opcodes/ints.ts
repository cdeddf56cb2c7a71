/** Integer arithmetic. `S` and `U` say whether the bits are read as signed or unsigned; all else is the same for both. */

// biome-ignore format: one row per kind of instruction
export const i32Table = {
  'i32 -> i32': { eqz: 0x45, clz: 0x67, ctz: 0x68, popcnt: 0x69, extend8S: 0xc0, extend16S: 0xc1 },
  'i32 i32 -> i32': {
    eq: 0x46, ne: 0x47,
    ltS: 0x48, ltU: 0x49, gtS: 0x4a, gtU: 0x4b, leS: 0x4c, leU: 0x4d, geS: 0x4e, geU: 0x4f,
    add: 0x6a, sub: 0x6b, mul: 0x6c, divS: 0x6d, divU: 0x6e, remS: 0x6f, remU: 0x70,
    and: 0x71, or: 0x72, xor: 0x73, shl: 0x74, shrS: 0x75, shrU: 0x76, rotl: 0x77, rotr: 0x78,
  },
  'i64 -> i32': { wrapI64: 0xa7 },
  // A plain trunc traps on NaN and out of range; truncSat gives 0 and the nearest integer.
  'f32 -> i32': { truncF32S: 0xa8, truncF32U: 0xa9, truncSatF32S: 0xfc_00, truncSatF32U: 0xfc_01, reinterpretF32: 0xbc },
  'f64 -> i32': { truncF64S: 0xaa, truncF64U: 0xab, truncSatF64S: 0xfc_02, truncSatF64U: 0xfc_03 },
} as const;

// biome-ignore format: one row per kind of instruction
export const i64Table = {
  'i64 -> i32': { eqz: 0x50 },
  'i64 i64 -> i32': {
    eq: 0x51, ne: 0x52,
    ltS: 0x53, ltU: 0x54, gtS: 0x55, gtU: 0x56, leS: 0x57, leU: 0x58, geS: 0x59, geU: 0x5a,
  },
  'i64 -> i64': { clz: 0x79, ctz: 0x7a, popcnt: 0x7b, extend8S: 0xc2, extend16S: 0xc3, extend32S: 0xc4 },
  'i64 i64 -> i64': {
    add: 0x7c, sub: 0x7d, mul: 0x7e, divS: 0x7f, divU: 0x80, remS: 0x81, remU: 0x82,
    and: 0x83, or: 0x84, xor: 0x85, shl: 0x86, shrS: 0x87, shrU: 0x88, rotl: 0x89, rotr: 0x8a,
  },
  'i32 -> i64': { extendI32S: 0xac, extendI32U: 0xad },
  'f32 -> i64': { truncF32S: 0xae, truncF32U: 0xaf, truncSatF32S: 0xfc_04, truncSatF32U: 0xfc_05 },
  'f64 -> i64': { truncF64S: 0xb0, truncF64U: 0xb1, truncSatF64S: 0xfc_06, truncSatF64U: 0xfc_07, reinterpretF64: 0xbd },
} as const;
