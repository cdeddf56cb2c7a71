/**
 * The seeded generator: MT19937 (Matsumoto & Nishimura 1998), drawn from as PyTorch's CPU generator draws, so that
 * `manualSeed(1)` gives PyTorch's own numbers. Only arithmetic that IEEE 754 rounds exactly is used: the numbers are
 * the same on every machine and in every engine.
 */
import { ArgumentError, describe } from './errors.ts';

const size = 624;
const shift = 397;

/** Where a generator stands: enough to go on from there exactly. */
export interface GeneratorState {
  readonly words: Uint32Array;
  readonly position: number;
  readonly spareNormal: number | null;
}

export class Generator {
  #words = new Uint32Array(size);
  #position = size;
  #spareNormal: number | null = null;

  constructor(seed = 0) {
    this.seed(seed);
  }

  /** Starts anew from a whole number; its low 32 bits count. */
  seed(seed: number): void {
    if (!Number.isSafeInteger(seed)) {
      throw new ArgumentError(`manualSeed: expected a whole number, got ${describe(seed)}`);
    }
    const words = this.#words;
    words[0] = seed;
    for (let i = 1; i < size; i++)
      words[i] = Math.imul(1812433253, words[i - 1]! ^ (words[i - 1]! >>> 30)) + i;
    this.#position = size;
    this.#spareNormal = null;
  }

  get state(): GeneratorState {
    return { words: this.#words.slice(), position: this.#position, spareNormal: this.#spareNormal };
  }

  set state({ words, position, spareNormal }: GeneratorState) {
    this.#words.set(words);
    this.#position = position;
    this.#spareNormal = spareNormal;
  }

  /** Returns 32 random bits as a whole number from 0 to 2³²-1. */
  bits(): number {
    if (this.#position === size) this.#refill();
    let y = this.#words[this.#position++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #refill(): void {
    const words = this.#words;
    for (let i = 0; i < size; i++) {
      const y = (words[i]! & 0x80000000) | (words[(i + 1) % size]! & 0x7fffffff);
      words[i] = words[(i + shift) % size]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#position = 0;
  }

  /** Returns a multiple of 2⁻²⁴ in [0, 1): as many bits as a float32 holds. */
  uniform24(): number {
    return (this.bits() & 0xffffff) / 2 ** 24;
  }

  /** Returns a multiple of 2⁻⁵³ in [0, 1). */
  uniform53(): number {
    const high = this.bits() & 0x1fffff;
    return (high * 2 ** 32 + this.bits()) / 2 ** 53;
  }

  /** Returns a whole number in [0, n). */
  below(n: number): number {
    return this.bits() % n;
  }

  /** Returns one normal number (Box & Muller 1958); they come in pairs, and the second waits for the next call. */
  normal(): number {
    if (this.#spareNormal !== null) {
      const spare = this.#spareNormal;
      this.#spareNormal = null;
      return spare;
    }
    const angle = this.uniform53();
    const radius = Math.sqrt(-2 * ln(1 - this.uniform53()));
    const [cos, sin] = cosSin(angle);
    this.#spareNormal = radius * sin;
    return radius * cos;
  }
}

/** The generator behind `Tensor.rand`, initial weights, dropout and shuffling. */
export const generator = new Generator();

/** Starts the library's generator anew: the same seed gives the same numbers everywhere. */
export function manualSeed(seed: number): void {
  generator.seed(seed);
}

/** Fills `to` with numbers from [low, high). */
export function fillUniform(to: Float32Array | Float64Array, low: number, high: number): void {
  const single = to instanceof Float32Array;
  const round = single ? Math.fround : (x: number) => x;
  const [from, range] = [round(low), round(round(high) - round(low))];
  for (let i = 0; i < to.length; i++) {
    to[i] = round((single ? generator.uniform24() : generator.uniform53()) * range) + from;
  }
}

/** Fills `to` with normal numbers. PyTorch draws 16 and more in blocks, eight radii before eight angles. */
export function fillNormal(to: Float32Array | Float64Array, mean: number, std: number): void {
  const n = to.length;
  if (n < 16) {
    for (let i = 0; i < n; i++) to[i] = generator.normal() * std + mean;
    return;
  }
  fillUniform(to, 0, 1);
  for (let i = 0; i + 16 <= n; i += 16) normalBlock(to.subarray(i, i + 16), mean, std);
  if (n % 16 !== 0) {
    const tail = to.subarray(n - 16);
    fillUniform(tail, 0, 1);
    normalBlock(tail, mean, std);
  }
}

function normalBlock(block: Float32Array | Float64Array, mean: number, std: number): void {
  for (let j = 0; j < 8; j++) {
    const radius = Math.sqrt(-2 * ln(1 - block[j]!));
    const [cos, sin] = cosSin(block[j + 8]!);
    block[j] = radius * cos * std + mean;
    block[j + 8] = radius * sin * std + mean;
  }
}

/** Returns the numbers 0 … n-1 in random order (Fisher & Yates). */
export function randperm(n: number, from: Generator = generator): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n - 1; i++) {
    const j = i + from.below(n - i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Returns ln x for x in (0, 1]: x = m · 2ᵉ, and ln m = 2 artanh((m-1)/(m+1)) by its series. */
function ln(x: number): number {
  let e = 0;
  let m = x;
  for (; m < Math.SQRT1_2; e--) m *= 2;
  const t = (m - 1) / (m + 1);
  const t2 = t * t;
  let sum = 0;
  for (let k = 23; k >= 1; k -= 2) sum = sum * t2 + 1 / k;
  return 2 * t * sum + e * Math.LN2;
}

/** Returns [cos 2πu, sin 2πu] for u in [0, 1]: Taylor's series within an eighth of a turn. */
function cosSin(u: number): readonly [number, number] {
  const quarter = Math.floor(4 * u + 0.5);
  const x = (4 * u - quarter) * (Math.PI / 2);
  const x2 = x * x;
  let cos = 0;
  let sin = 0;
  for (let k = 20; k >= 0; k -= 2) {
    cos = 1 - (cos * x2) / ((k + 1) * (k + 2));
    sin = 1 - (sin * x2) / ((k + 2) * (k + 3));
  }
  sin *= x;
  const turned: readonly (readonly [number, number])[] = [
    [cos, sin],
    [-sin, cos],
    [-cos, -sin],
    [sin, -cos],
  ];
  return turned[quarter % 4]!;
}
