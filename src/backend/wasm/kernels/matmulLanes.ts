/** Vectors whose lanes are strided in memory. */
import { type Scope, type Val, v128 } from '../asm/index.ts';

/** Where the lanes of a vector are: `count` of them, `stride` elements apart. */
export interface Lanes {
  readonly stride: number;
  readonly count: number;
}

function isDense({ stride, count }: Lanes): boolean {
  return stride === 1 && count === 4;
}

/** Returns the vector at an address and a constant offset in elements; lanes from `count` on are zero. */
export function loadLanes(address: Val<'i32'>, lanes: Lanes, offset = 0): Val<'v128'> {
  if (isDense(lanes)) return v128.load(address, 4 * offset);
  let vector = v128.load32Zero(address, 4 * offset);
  for (let lane = 1; lane < lanes.count; lane++) {
    vector = v128.load32Lane(address, vector, lane, 4 * (offset + lane * lanes.stride));
  }
  return vector;
}

/** Writes the first `count` lanes of a vector. */
export function storeLanes(
  f: Scope,
  address: Val<'i32'>,
  vector: Val<'v128'>,
  lanes: Lanes,
  offset = 0,
): void {
  if (isDense(lanes)) {
    v128.store(f, address, vector, 4 * offset);
    return;
  }
  for (let lane = 0; lane < lanes.count; lane++) {
    v128.store32Lane(f, address, vector, lane, 4 * (offset + lane * lanes.stride));
  }
}
