/** The form of an op: what it makes of shapes, forward, backward. Ops know arrays and kernels, never tensors. */
import type { ArrayType, NdArray } from '../backend/array.ts';
import type { Kernels } from '../backend/kernels.ts';

/** Operands in order; null for an optional one that is absent. */
export type Operands = readonly (NdArray | null)[];
/** What backward needs, by name. */
export type Saved = Readonly<Record<string, NdArray | null>>;

type TypesOf<In extends Operands> = {
  readonly [I in keyof In]: In[I] extends NdArray ? ArrayType : ArrayType | null;
};
type GradientsOf<In extends Operands> = { readonly [I in keyof In]: NdArray | null };

export interface Op<In extends Operands, Args = void, S extends Saved = Saved> {
  /** As in PyTorch, camelCased: it stands in error messages and in `<MulBackward>`. */
  readonly name: string;
  /** Returns shape, dtype and format of the result; throws a typed error on operands that do not fit. */
  infer(inputs: TypesOf<In>, args: Args): ArrayType;
  /** Returns the result as another window on the operand's elements, or null: then `forward` computes it. */
  alias?(x: NdArray, args: Args): NdArray | null;
  /** Backward needs the first operand: an operation in place, which writes over it, keeps a copy. */
  readonly savesFirst?: true;
  /** Fills y; returns what backward needs. Prefers the output to the input where either is enough. */
  forward(k: Kernels, y: NdArray, inputs: In, args: Args): S;
  /** The gradient of every operand of the result's shape is that of the result itself; backward fills the others. */
  readonly passesOn?: true;
  /**
   * Fills the gradients of the operands; null means not needed. The caller adds up where paths join.
   * An op that has no gradient, because its result is discrete, says so: `backward: null`.
   */
  backward: null | ((k: Kernels, gradients: GradientsOf<In>, dy: NdArray, saved: S, args: Args) => void);
}

/** Returns `op` as it is; here its types are inferred and checked. */
export function defineOp<In extends Operands, Args = void, S extends Saved = Saved>(
  op: Op<In, Args, S>,
): Op<In, Args, S> {
  return op;
}
