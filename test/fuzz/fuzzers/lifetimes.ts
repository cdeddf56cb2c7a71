/** Random lives of programs with modules: what can be reached is right, whatever is called, kept, let go or thrown. */
import fc from 'fast-check';
import { shorter } from '../arbitraries.ts';
import { Finding } from '../compare.ts';
import { on } from '../execute.ts';
import type { Fuzzer } from '../fuzz.ts';
import { type Act, acts, live, type Sight } from '../world.ts';

const act: fc.Arbitrary<Act> = fc.record({
  act: fc.oneof(
    { weight: 1, arbitrary: fc.constant('call' as const) },
    { weight: 3, arbitrary: fc.constantFrom(...acts) },
  ),
  on: fc.nat(20),
  with: fc.nat(11),
});

/** Throws a Finding unless both lives saw the same; what was put aside without `keep` may be gone. */
export function expectSameSights(got: readonly Sight[], want: readonly Sight[]): void {
  const text = ({ what, seen }: Sight) => `${what}: ${typeof seen === 'string' ? seen : `[${seen.shape}]`}`;
  want.forEach((sight, i) => {
    const own = got[i];
    if (own?.what === 'aside' && own.seen === 'LifetimeError') return;
    if (!own || text(own) !== text(sight)) {
      throw new Finding(`sight ${i}: ${own && text(own)} in calls, ${text(sight)} without`);
    }
    const [a, b] = [own.seen, sight.seen];
    if (typeof a === 'string' || typeof b === 'string') return;
    const at = a.values.findIndex((v, j) => !Object.is(v, b.values[j]));
    if (at < 0) return;
    throw new Finding(
      `sight ${i}, ${sight.what}, element ${at}: ${a.values[at]} in calls, ${b.values[at]} without`,
    );
  });
}

export const lifetimes: Fuzzer<readonly Act[]> = {
  name: 'lifetimes',
  cases: fc.array(act, { minLength: 1, maxLength: 30, size: 'max' }),
  check(life) {
    on('wasm');
    expectSameSights(live(life, true), live(life, false));
  },
  smaller: shorter,
  code: (life, message) =>
    [
      `// ${message}`,
      "import { live } from './test/fuzz/world.ts'; // says what each act is",
      '',
      'const life = [',
      ...life.map(({ act, on, with: other }) => `  { act: '${act}', on: ${on}, with: ${other} },`),
      '] as const;',
      'console.log(live(life, true)); // by model.call',
      'console.log(live(life, false)); // by model.forward',
      '',
    ].join('\n'),
};
