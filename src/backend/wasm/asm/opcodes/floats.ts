/** Float arithmetic, IEEE 754 with round to nearest even; `min` and `max` return NaN if either operand is NaN. */

export const f32Table = {
  'f32 -> f32': { abs: 0x8b, neg: 0x8c, ceil: 0x8d, floor: 0x8e, trunc: 0x8f, nearest: 0x90, sqrt: 0x91 },
  'f32 f32 -> f32': { add: 0x92, sub: 0x93, mul: 0x94, div: 0x95, min: 0x96, max: 0x97, copysign: 0x98 },
  'f32 f32 -> i32': { eq: 0x5b, ne: 0x5c, lt: 0x5d, gt: 0x5e, le: 0x5f, ge: 0x60 },
  'i32 -> f32': { convertI32S: 0xb2, convertI32U: 0xb3, reinterpretI32: 0xbe },
  'i64 -> f32': { convertI64S: 0xb4, convertI64U: 0xb5 },
  'f64 -> f32': { demoteF64: 0xb6 },
} as const;

export const f64Table = {
  'f64 -> f64': { abs: 0x99, neg: 0x9a, ceil: 0x9b, floor: 0x9c, trunc: 0x9d, nearest: 0x9e, sqrt: 0x9f },
  'f64 f64 -> f64': { add: 0xa0, sub: 0xa1, mul: 0xa2, div: 0xa3, min: 0xa4, max: 0xa5, copysign: 0xa6 },
  'f64 f64 -> i32': { eq: 0x61, ne: 0x62, lt: 0x63, gt: 0x64, le: 0x65, ge: 0x66 },
  'i32 -> f64': { convertI32S: 0xb7, convertI32U: 0xb8 },
  'i64 -> f64': { convertI64S: 0xb9, convertI64U: 0xba, reinterpretI64: 0xbf },
  'f32 -> f64': { promoteF32: 0xbb },
} as const;
