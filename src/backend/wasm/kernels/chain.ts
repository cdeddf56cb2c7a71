/** Kernels one after another over the same batch, block of images by block of images. */
import {
  call,
  type Func,
  forRange,
  i32,
  type Local,
  type Module,
  type Params,
  select,
} from '../asm/index.ts';
import type { Machine } from './machine.ts';

/** What an emitter returns, whatever its parameters are. */
export type AnyFunc = Pick<Func<never, never>, 'kind' | 'name' | 'index' | 'owner'>;

/** A kernel of a chain. So many `units` of its work are exactly `per` images. */
export interface Link {
  readonly source: { readonly emit: (m: Module, machine: Machine) => AnyFunc };
  readonly units: number;
  readonly per: number;
  /** Which of its arguments are addresses of batches. */
  readonly batches: readonly number[];
}

/**
 * Emits a kernel whose units are blocks of images. Params: for each link its count of units, its own arguments, and for
 * each of its batches the bytes of a block, if the batch is needed only inside the chain, else 0; then the images of a
 * block. A batch with a number there uses the memory of one block only, that of the first block of the slice.
 */
export function emitChain(m: Module, { links }: { readonly links: readonly Link[] }, machine: Machine) {
  const functions = links.map(({ source }) => source.emit(m, machine) as unknown as Func<Params, never>);
  const own = functions.map(({ params }) => Object.entries(params).slice(0, -2));
  const params = Object.fromEntries([
    ...links.flatMap(({ batches }, k) => [
      [`count ${k}`, i32],
      ...own[k]!.map(([name, type]) => [`${name} ${k}`, type]),
      ...batches.map(i => [`window ${i} ${k}`, i32]),
    ]),
    ...['images', 'begin', 'end'].map(name => [name, i32]),
  ]) as Params;
  return m.func({ name: 'chain', params }, (f, locals) => {
    const p = locals as unknown as Readonly<Record<string, Local<'i32'>>>;
    const block = f.local(i32, 'block');
    forRange(f, block, p.begin!, p.end!, 1, () => {
      const first = f.let(i32.mul(block, p.images!), 'first');
      const back = f.let(i32.sub(block, p.begin!), 'back');
      links.forEach(({ units, per, batches }, k) => {
        const unitOf = (image: Local<'i32'>) => i32.mul(i32.divU(image, per), units);
        const next = f.let(unitOf(f.let(i32.add(first, p.images!))), 'next');
        const count = p[`count ${k}`]!;
        const argument = (name: string, i: number) =>
          batches.includes(i)
            ? i32.sub(p[`${name} ${k}`]!, i32.mul(back, p[`window ${i} ${k}`]!))
            : p[`${name} ${k}`]!;
        call(f, functions[k]!, {
          ...Object.fromEntries(own[k]!.map(([name], i) => [name, argument(name, i)])),
          begin: unitOf(first),
          end: select(next, count, i32.ltS(next, count)),
        });
      });
    });
  });
}
