import { toVal } from './constants.ts';
import { uleb } from './encode.ts';
import type { Local, Operand, Scope, Val, ValType } from './types.ts';

/** A variable of the function `owner`: an expression (`local.get`) with `set` and `tee`. */
export class FunctionLocal<T extends ValType> implements Local<T> {
  readonly type: T;
  readonly name: string;
  readonly index: number;
  readonly owner: Scope;
  readonly op: string;
  readonly code: readonly number[];
  readonly operands = [];

  constructor(owner: Scope, type: T, index: number, name: string) {
    this.owner = owner;
    this.type = type;
    this.index = index;
    this.name = name;
    this.op = `local '${name}' of '${owner.name}'`;
    this.code = [0x20, ...uleb(index)];
  }

  get(): Val<T> {
    return this;
  }

  set(value: Operand<T>): void {
    this.owner.emit([0x21, ...uleb(this.index)], [toVal(this.type, value, this.op)]);
  }

  tee(value: Operand<T>): Val<T> {
    return this.owner.once({
      type: this.type,
      op: `tee of ${this.op}`,
      code: [0x22, ...uleb(this.index)],
      operands: [toVal(this.type, value, this.op)],
      owner: this.owner,
      once: true,
    });
  }
}
