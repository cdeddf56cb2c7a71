/** What 256-bit instructions are worth on this engine and processor: whether the bits stay, and how much faster a loop is. */
import { f32x4, forRange, i32, ifElse, type Module, v128 } from './asm/index.ts';
import { allocate, elementsAt, release } from './memory.ts';
import { compile } from './runtime.ts';
import { settle } from './schedule.ts';

/** Less than this is not worth the registers that plans for 256 bits take: without fusion they spill. */
export const leastGain = 1.1;

/** Returns what `fn` returns, which gets the address of so many bytes. */
function withBytes<T>(bytes: number, fn: (address: number) => T): T {
  const region = allocate(bytes);
  settle();
  try {
    return fn(region.address);
  } finally {
    release(region);
  }
}

/** y[k] = y[k] · x[k] + x[k] for pairs of vectors, n times over. */
function multiplyAdd(m: Module) {
  const params = { y: i32, x: i32, bytes: i32, n: i32 };
  return m.func({ name: 'multiplyAdd', params }, (f, { y, x, bytes, n }) => {
    const [round, i] = [f.local(i32, 'round'), f.local(i32, 'i')];
    forRange(f, round, 0, n, 1, () =>
      forRange(f, i, 0, bytes, 32, () => {
        const [py, px] = [f.let(i32.add(y, i), 'py'), f.let(i32.add(x, i), 'px')];
        const results = [0, 16].map(at =>
          f.let(f32x4.add(f32x4.mul(v128.load(py, at), v128.load(px, at)), v128.load(px, at)), `r${at}`),
        );
        results.forEach((r, k) => void v128.store(f, py, r, 16 * k));
      }),
    );
  });
}

/** Whether a loop that is run until the engine has optimised it has the bits of single numbers all the time. */
export function hasBitsOfNumbers(): boolean {
  const [length, rounds, calls] = [64, 100, 200];
  const f = compile('wide SIMD self-test', multiplyAdd).run;
  const x = Float32Array.from({ length }, (_, k) => Math.fround(0.9 + Math.sin(k) / 50));
  const want = new Float32Array(length);
  return withBytes(8 * length, address => {
    elementsAt(address, 'float32', length).fill(0);
    elementsAt(address + 4 * length, 'float32', length).set(x);
    for (let call = 0; call < calls; call++) {
      f(address, address + 4 * length, 4 * length, rounds);
      for (let i = 0; i < rounds; i++)
        for (let k = 0; k < length; k++) want[k] = Math.fround(want[k]! * x[k]!) + x[k]!;
      const got = elementsAt(address, 'float32', length);
      if (!want.every((v, k) => Object.is(v, got[k]))) return false;
    }
    return true;
  });
}

/** Eight sums of vectors none of which is next to another, or sixteen, which can be fused in pairs. */
const [apart, adjacent] = [
  { count: 8, step: 32 },
  { count: 16, step: 16 },
];
const bytes = adjacent.count * adjacent.step;

/**
 * sums[i] += numbers[j] · factors[k], 16 times in each of n rounds, as in the innermost loops of kernels. Eight sums of the
 * vector's width hide the latency of the additions, and with the factors they take the registers that there are. Before
 * the engine has optimised them both loops take the same time; they are in one function, so that it optimises both at once.
 */
function multiplyAdds(m: Module) {
  const params = { at: i32, n: i32, wide: i32 };
  return m.func({ name: 'multiplyAdds', params }, (f, { at, n, wide }) => {
    const loopOver = ({ count, step }: typeof apart) => {
      const load = (length: number, name: string) =>
        Array.from({ length }, (_, k) => f.let(v128.load(at, k * step), `${name}${k} of ${count}`));
      const [sums, factors] = [load(count, 'sum'), load(count / 2, 'factor')];
      const round = f.local(i32, `round of ${count}`);
      forRange(f, round, 0, n, 1, () => {
        const from = f.let(i32.add(at, i32.shl(i32.and(round, 7), 2)), `from ${count}`);
        for (let i = 0; i < 4; i++) {
          const number = f.let(v128.load32Splat(from, 16 * i), `number${i} ${count}`);
          for (let k = 0; k < 4; k++) {
            const sum = sums[(4 * i + k) % count]!;
            sum.set(f32x4.add(sum, f32x4.mul(number, factors[(4 * i + k) % (count / 2)]!)));
          }
        }
      });
      sums.forEach((sum, k) => void v128.store(f, at, sum, k * step));
    };
    ifElse(
      f,
      wide,
      () => loopOver(adjacent),
      () => loopOver(apart),
    );
  });
}

/** Times of both loops alternate, so that a machine that slows down slows both down; their median says what holds. */
const [rounds, pairs] = [500, 21];
/** An engine optimises within a few milliseconds; a busy machine may take longer. */
const longest = 250;
/** So many medians in a row must agree that there is a gain; so many after the loops were optimised settle that there is none. */
const [agreeing, trials] = [4, 12];

/** Returns how many times as fast the loop is that can be fused, at least; stops when that is enough. */
export function wideGain(): number {
  const f = compile('wide SIMD trial', multiplyAdds).run;
  return withBytes(bytes, address => {
    elementsAt(address, 'float32', bytes / 4).fill(0);
    const timeOf = (wide: number) => {
      const start = performance.now();
      f(address, rounds, wide);
      return performance.now() - start;
    };
    const end = performance.now() + longest;
    const gains: number[] = [];
    let slow = 0;
    for (let left = trials; ; ) {
      const times = Array.from({ length: pairs }, () => [timeOf(0), timeOf(1)] as const);
      gains.push(median(times.map(([narrow, wide]) => narrow / wide)));
      const narrow = median(times.map(time => time[0]));
      slow ||= narrow;
      if (narrow < 0.7 * slow) left--;
      const gain = gains.length < agreeing ? 0 : Math.min(...gains.slice(-agreeing));
      if (gain >= leastGain || left <= 0 || performance.now() > end) return gain;
    }
  });
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
