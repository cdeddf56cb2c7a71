/** Modules that hold others in order. */
import { checkInteger } from '../arguments.ts';
import { ArgumentError, describe, TensorError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';

/** A module from one tensor to one tensor. */
export interface Layer extends Module {
  forward(x: Tensor): Tensor;
}

/** Runs its layers one after another. */
export class Sequential extends Module {
  static override readonly name: string = 'Sequential';
  #layers: Layer[];

  constructor(...layers: Layer[]) {
    super();
    if (Array.isArray(layers[0])) {
      throw new ArgumentError(
        'Sequential: expected modules one by one, got an array; write new nn.Sequential(...layers)',
      );
    }
    for (const [i, layer] of layers.entries()) checkModule('Sequential', i, layer);
    this.#layers = layers;
  }

  override forward(x: Tensor): Tensor {
    return this.#layers.reduce((y, layer) => layer.call(y), x);
  }

  override namedChildren(): [string, Module][] {
    return this.#layers.map((layer, i) => [String(i), layer]);
  }

  get length(): number {
    return this.#layers.length;
  }

  at(index: number): Layer | undefined {
    return this.#layers.at(checkInteger('Sequential.at', 'index', index));
  }

  [Symbol.iterator](): Iterator<Layer> {
    return this.#layers[Symbol.iterator]();
  }
}

/** Holds modules in a list so that their parameters are found; has no forward of its own. */
export class ModuleList<M extends Module = Module> extends Module {
  static override readonly name: string = 'ModuleList';
  #modules: M[] = [];

  constructor(modules: Iterable<M> = []) {
    super();
    if (typeof modules !== 'object' || modules === null || !(Symbol.iterator in modules)) {
      throw new ArgumentError(
        `ModuleList: expected a list of modules, got ${describe(modules)}; write new nn.ModuleList([a, b])`,
      );
    }
    this.push(...modules);
  }

  override forward(): never {
    throw new TensorError('ModuleList: has no forward; call its modules one by one');
  }

  override namedChildren(): [string, Module][] {
    return this.#modules.map((module, i) => [String(i), module]);
  }

  push(...modules: M[]): this {
    for (const [i, module] of modules.entries()) checkModule('ModuleList', i, module);
    this.#modules.push(...modules);
    return this;
  }

  get length(): number {
    return this.#modules.length;
  }

  at(index: number): M | undefined {
    return this.#modules.at(checkInteger('ModuleList.at', 'index', index));
  }

  [Symbol.iterator](): Iterator<M> {
    return this.#modules[Symbol.iterator]();
  }
}

function checkModule(op: string, index: number, value: unknown): void {
  if (value instanceof Module) return;
  const advice =
    typeof value === 'function'
      ? '; call the function in the forward of a class that extends nn.Module, or take a layer such as new nn.ReLU()'
      : '';
  throw new ArgumentError(`${op}: expected a module at ${index}, got ${describe(value)}${advice}`);
}
