/** Integer lanes, and `v128` as 128 bits without lanes. Shifts take one count for all lanes, modulo the lane's width. */

export const v128Table = {
  'v128 -> v128': { not: 0xfd_4d },
  'v128 v128 -> v128': { and: 0xfd_4e, andnot: 0xfd_4f, or: 0xfd_50, xor: 0xfd_51 },
  // bitselect(a, b, mask): the bits of a where the mask is 1, of b where it is 0.
  'v128 v128 v128 -> v128': { bitselect: 0xfd_52 },
  'v128 -> i32': { anyTrue: 0xfd_53 },
} as const;

// biome-ignore format: one row per kind of instruction
export const i8x16Table = {
  'v128 v128 lanes -> v128': { shuffle: 0xfd_0d },
  'i32 -> v128': { splat: 0xfd_0f },
  'v128 lane16 -> i32': { extractLaneS: 0xfd_15, extractLaneU: 0xfd_16 },
  'v128 lane16 i32 -> v128': { replaceLane: 0xfd_17 },
  'v128 -> i32': { allTrue: 0xfd_63, bitmask: 0xfd_64 },
  'v128 -> v128': { abs: 0xfd_60, neg: 0xfd_61, popcnt: 0xfd_62 },
  'v128 i32 -> v128': { shl: 0xfd_6b, shrS: 0xfd_6c, shrU: 0xfd_6d },
  'v128 v128 -> v128': {
    swizzle: 0xfd_0e, narrowI16x8S: 0xfd_65, narrowI16x8U: 0xfd_66, avgrU: 0xfd_7b,
    eq: 0xfd_23, ne: 0xfd_24, ltS: 0xfd_25, ltU: 0xfd_26, gtS: 0xfd_27,
    gtU: 0xfd_28, leS: 0xfd_29, leU: 0xfd_2a, geS: 0xfd_2b, geU: 0xfd_2c,
    add: 0xfd_6e, addSatS: 0xfd_6f, addSatU: 0xfd_70, sub: 0xfd_71, subSatS: 0xfd_72, subSatU: 0xfd_73,
    minS: 0xfd_76, minU: 0xfd_77, maxS: 0xfd_78, maxU: 0xfd_79,
  },
} as const;

// biome-ignore format: one row per kind of instruction
export const i16x8Table = {
  'i32 -> v128': { splat: 0xfd_10 },
  'v128 lane8 -> i32': { extractLaneS: 0xfd_18, extractLaneU: 0xfd_19 },
  'v128 lane8 i32 -> v128': { replaceLane: 0xfd_1a },
  'v128 -> i32': { allTrue: 0xfd_83, bitmask: 0xfd_84 },
  'v128 -> v128': {
    abs: 0xfd_80, neg: 0xfd_81, extaddPairwiseI8x16S: 0xfd_7c, extaddPairwiseI8x16U: 0xfd_7d,
    extendLowI8x16S: 0xfd_87, extendHighI8x16S: 0xfd_88, extendLowI8x16U: 0xfd_89, extendHighI8x16U: 0xfd_8a,
  },
  'v128 i32 -> v128': { shl: 0xfd_8b, shrS: 0xfd_8c, shrU: 0xfd_8d },
  'v128 v128 -> v128': {
    narrowI32x4S: 0xfd_85, narrowI32x4U: 0xfd_86, avgrU: 0xfd_9b, q15mulrSatS: 0xfd_82,
    eq: 0xfd_2d, ne: 0xfd_2e, ltS: 0xfd_2f, ltU: 0xfd_30, gtS: 0xfd_31,
    gtU: 0xfd_32, leS: 0xfd_33, leU: 0xfd_34, geS: 0xfd_35, geU: 0xfd_36,
    add: 0xfd_8e, addSatS: 0xfd_8f, addSatU: 0xfd_90, sub: 0xfd_91, subSatS: 0xfd_92, subSatU: 0xfd_93,
    mul: 0xfd_95, minS: 0xfd_96, minU: 0xfd_97, maxS: 0xfd_98, maxU: 0xfd_99,
    extmulLowI8x16S: 0xfd_9c, extmulHighI8x16S: 0xfd_9d, extmulLowI8x16U: 0xfd_9e, extmulHighI8x16U: 0xfd_9f,
  },
} as const;

// biome-ignore format: one row per kind of instruction
export const i32x4Table = {
  'i32 -> v128': { splat: 0xfd_11 },
  'v128 lane4 -> i32': { extractLane: 0xfd_1b },
  'v128 lane4 i32 -> v128': { replaceLane: 0xfd_1c },
  'v128 -> i32': { allTrue: 0xfd_a3, bitmask: 0xfd_a4 },
  'v128 -> v128': {
    abs: 0xfd_a0, neg: 0xfd_a1, extaddPairwiseI16x8S: 0xfd_7e, extaddPairwiseI16x8U: 0xfd_7f,
    extendLowI16x8S: 0xfd_a7, extendHighI16x8S: 0xfd_a8, extendLowI16x8U: 0xfd_a9, extendHighI16x8U: 0xfd_aa,
    truncSatF32x4S: 0xfd_f8, truncSatF32x4U: 0xfd_f9, truncSatF64x2SZero: 0xfd_fc, truncSatF64x2UZero: 0xfd_fd,
  },
  'v128 i32 -> v128': { shl: 0xfd_ab, shrS: 0xfd_ac, shrU: 0xfd_ad },
  'v128 v128 -> v128': {
    eq: 0xfd_37, ne: 0xfd_38, ltS: 0xfd_39, ltU: 0xfd_3a, gtS: 0xfd_3b,
    gtU: 0xfd_3c, leS: 0xfd_3d, leU: 0xfd_3e, geS: 0xfd_3f, geU: 0xfd_40,
    add: 0xfd_ae, sub: 0xfd_b1, mul: 0xfd_b5, dotI16x8S: 0xfd_ba,
    minS: 0xfd_b6, minU: 0xfd_b7, maxS: 0xfd_b8, maxU: 0xfd_b9,
    extmulLowI16x8S: 0xfd_bc, extmulHighI16x8S: 0xfd_bd, extmulLowI16x8U: 0xfd_be, extmulHighI16x8U: 0xfd_bf,
  },
} as const;

// biome-ignore format: one row per kind of instruction
export const i64x2Table = {
  'i64 -> v128': { splat: 0xfd_12 },
  'v128 lane2 -> i64': { extractLane: 0xfd_1d },
  'v128 lane2 i64 -> v128': { replaceLane: 0xfd_1e },
  'v128 -> i32': { allTrue: 0xfd_c3, bitmask: 0xfd_c4 },
  'v128 -> v128': {
    abs: 0xfd_c0, neg: 0xfd_c1, extendLowI32x4S: 0xfd_c7, extendHighI32x4S: 0xfd_c8,
    extendLowI32x4U: 0xfd_c9, extendHighI32x4U: 0xfd_ca,
  },
  'v128 i32 -> v128': { shl: 0xfd_cb, shrS: 0xfd_cc, shrU: 0xfd_cd },
  'v128 v128 -> v128': {
    eq: 0xfd_d6, ne: 0xfd_d7, ltS: 0xfd_d8, gtS: 0xfd_d9, leS: 0xfd_da, geS: 0xfd_db,
    add: 0xfd_ce, sub: 0xfd_d1, mul: 0xfd_d5,
    extmulLowI32x4S: 0xfd_dc, extmulHighI32x4S: 0xfd_dd, extmulLowI32x4U: 0xfd_de, extmulHighI32x4U: 0xfd_df,
  },
} as const;
