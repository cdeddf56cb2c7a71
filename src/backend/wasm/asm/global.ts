import { toVal } from './constants.ts';
import { uleb } from './encode.ts';
import { AsmError } from './errors.ts';
import type { Operand, Scope, Val, ValType } from './types.ts';

/** A mutable variable of a module; as an expression it is its current value. */
export class Global<T extends ValType> implements Val<T> {
  readonly kind = 'global';
  readonly type: T;
  readonly name: string;
  readonly index: number;
  readonly owner: object;
  readonly op: string;
  readonly code: readonly number[];
  readonly operands = [];
  /** What it starts with, a constant. */
  readonly init: Val<T>;

  constructor(module: object, type: T, index: number, init: Operand<T>, name: string) {
    this.owner = module;
    this.type = type;
    this.index = index;
    this.name = name;
    this.op = `global '${name}'`;
    this.code = [0x23, ...uleb(index)];
    this.init = toVal(type, init, this.op);
    if (!this.init.op.endsWith('.const')) throw new AsmError(`${this.op} must start with a constant`);
  }

  /** Writes `value` to it, in `f`. */
  set(f: Scope, value: Operand<T>): void {
    if (this.owner !== f.module)
      throw new AsmError(`'${f.name}' cannot set the ${this.op} of another module`);
    f.emit([0x24, ...uleb(this.index)], [toVal(this.type, value, this.op)]);
  }
}
