/** Vectors over the channels of NHWC pixels: which there are, and how to load and store them. */
import { forRange, i32, type Local, type Scope, type Val, v128 } from '../asm/index.ts';

/** Some channels of a pixel, in adjacent vectors. */
export interface Piece {
  /** How far the first is from the pixel's first channel: `start` bytes, if it varies, and `offset` bytes. */
  readonly start: Local<'i32'> | null;
  readonly offset: number;
  readonly vectors: number;
  /** Channels in a vector; fewer than 4 only if the pixel has no more. */
  readonly lanes: 4 | 2 | 1;
}

/**
 * Runs `body` for pieces of at most `widest` vectors that cover all channels. The last piece may overlap the one before,
 * so `body` must not mind if a channel comes twice. It is written at most three times, however many channels there are.
 */
export function forEachPiece(f: Scope, channels: number, widest: number, body: (piece: Piece) => void): void {
  const lanes = channels >= 4 ? 4 : channels >= 2 ? 2 : 1;
  const vectors = Math.floor(channels / lanes);
  const groups = Math.floor(vectors / widest);
  const bytes = groups * widest * lanes * 4;
  if (groups === 1) body({ start: null, offset: 0, vectors: widest, lanes });
  if (groups > 1) {
    const start = f.local(i32, 'channel');
    forRange(f, start, 0, bytes, bytes / groups, () => body({ start, offset: 0, vectors: widest, lanes }));
  }
  const rest = vectors % widest;
  if (rest > 0) body({ start: null, offset: bytes, vectors: rest, lanes });
  if (channels % lanes > 0) body({ start: null, offset: (channels - lanes) * 4, vectors: 1, lanes });
}

/**
 * Returns a local for each vector of the piece, `value` at first. It is computed once: V8 pairs vectors only if it sees
 * that they come from one and the same value.
 */
export function repeated(f: Scope, piece: Piece, value: Val<'v128'>, name: string): Local<'v128'>[] {
  const first = f.let(value, 'first');
  return vectorsOf(piece, () => f.let(first, name));
}

/** Returns where the piece of the pixel at `pixel` begins, but for its constant offset. */
export function pieceAt({ start }: Piece, pixel: Val<'i32'>): Val<'i32'> {
  return start ? i32.add(pixel, start) : pixel;
}

/** Returns the vectors of a piece that begins at `address`, made by `make` from the bytes to the vector and its number. */
export function vectorsOf<T>({ offset, vectors }: Piece, make: (offset: number, v: number) => T): T[] {
  return Array.from({ length: vectors }, (_, v) => make(offset + 16 * v, v));
}

/** Returns a vector of the piece; the lanes that it has not are 0. */
export function loadLanes({ lanes }: Piece, address: Val<'i32'>, offset: number): Val<'v128'> {
  if (lanes === 4) return v128.load(address, offset);
  return lanes === 2 ? v128.load64Zero(address, offset) : v128.load32Zero(address, offset);
}

export function storeLanes(
  f: Scope,
  { lanes }: Piece,
  address: Val<'i32'>,
  offset: number,
  value: Val<'v128'>,
): void {
  if (lanes === 4) v128.store(f, address, value, offset);
  else if (lanes === 2) v128.store64Lane(f, address, value, 0, offset);
  else v128.store32Lane(f, address, value, 0, offset);
}
