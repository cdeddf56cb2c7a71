/** Vectors whose lanes are strided in memory. */
import { i32, type Local, type Scope, type Val, v128 } from '../asm/index.ts';

/** Where the lanes of a row of vectors are. */
export interface Lanes {
  /** How many of each vector are there: all 4, or fewer of the only one. */
  readonly count: number;
  /** Bytes from one to the next; null if they lie side by side. */
  readonly stride: Val<'i32'> | null;
}

/** Returns the form of lanes that are so many in all, and so many elements apart. */
export function lanesOf(length: number, stride: number) {
  return { count: Math.min(length, 4), isDense: stride === 1 && length >= 4 };
}

/** Returns so many vectors from an address on; lanes that are not there are zero. */
export function loadLanes(f: Scope, address: Val<'i32'>, { count, stride }: Lanes, vectors: number) {
  if (!stride) return Array.from({ length: vectors }, (_, v) => f.let(v128.load(address, 16 * v), 'lanes'));
  const next = pointer(f, address, stride);
  return Array.from({ length: vectors }, () => {
    const vector = f.let(v128.load32Zero(next()), 'lanes');
    for (let lane = 1; lane < count; lane++) vector.set(v128.load32Lane(next(), vector, lane));
    return vector;
  });
}

/** Writes the lanes that are there of a row of vectors. */
export function storeLanes(
  f: Scope,
  address: Val<'i32'>,
  { count, stride }: Lanes,
  row: readonly Local<'v128'>[],
): void {
  if (!stride) {
    for (const [v, vector] of row.entries()) v128.store(f, address, vector, 16 * v);
    return;
  }
  const next = pointer(f, address, stride);
  for (const vector of row)
    for (let lane = 0; lane < count; lane++) v128.store32Lane(f, next(), vector, lane);
}

/** Returns what steps from one lane to the next: the first call is at the address itself. */
function pointer(f: Scope, address: Val<'i32'>, stride: Val<'i32'>): () => Val<'i32'> {
  let at: Local<'i32'> | null = null;
  return () => {
    if (at) at.set(i32.add(at, stride));
    else at = f.let(address, 'lane');
    return at;
  };
}
