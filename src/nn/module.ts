/** Module: state (parameters, buffers, other modules, found among its properties) plus one call. */
import { checkBoolean, checkOptions } from '../arguments.ts';
import { ArgumentError, DTypeError, describe } from '../errors.ts';
import { pass } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { Parameter } from './parameter.ts';
import { type LoadReport, load, type StateDict } from './state-dict.ts';

/**
 * A module is printed, and named in errors, by its class's name. The library's layers have theirs as a literal, which a
 * minifier leaves as it is.
 */
export abstract class Module {
  /** Whether layers that differ between the two behave as in training. Set by `train()` and `eval()`. */
  training = true;
  #buffers = new Map<string, Tensor>();

  /** What the module computes; written by the user, run by `call`. */
  abstract forward(...args: never[]): unknown;

  /**
   * Returns what `forward` returns. Tensors that forward computed and did not return are freed when the outermost call
   * ends, as far as the way back does not need them; `keep` saves others.
   */
  call(...args: Parameters<this['forward']>): ReturnType<this['forward']> {
    return pass(
      this.constructor.name,
      () => this.forward(...(args as never[])) as ReturnType<this['forward']>,
    );
  }

  /** Adds a tensor that is part of the state but is not trained; `name` is its key in `stateDict`. */
  protected registerBuffer(name: string, value: Tensor): void {
    const op = `${this.constructor.name}.registerBuffer`;
    if (typeof name !== 'string' || name === '' || name.includes('.')) {
      throw new ArgumentError(`${op}: expected a name without dots, got ${describe(name)}`);
    }
    if (!this.#buffers.has(name) && name in this) {
      throw new ArgumentError(`${op}: attribute '${name}' already exists`);
    }
    if (!(value instanceof Tensor)) {
      throw new ArgumentError(`${op}: expected a tensor as buffer '${name}', got ${describe(value)}`);
    }
    this.#buffers.set(name, value);
  }

  protected buffer(name: string): Tensor | null {
    return this.#buffers.get(name) ?? null;
  }

  /** Returns the modules directly inside this one, with the names of their properties. */
  namedChildren(): [string, Module][] {
    return Object.entries(this).filter((entry): entry is [string, Module] => entry[1] instanceof Module);
  }

  /** Returns this module and all inside it, each once, with their dotted paths. */
  namedModules(prefix = ''): Generator<[string, Module]> {
    if (typeof prefix !== 'string') {
      throw new ArgumentError(`namedModules: expected prefix to be a string, got ${describe(prefix)}`);
    }
    return this.#walk(prefix, new Set());
  }

  *#walk(prefix: string, seen: Set<Module>): Generator<[string, Module]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [prefix, this];
    for (const [name, child] of this.namedChildren()) yield* child.#walk(join(prefix, name), seen);
  }

  modules(): Module[] {
    return Array.from(this.namedModules(), ([, module]) => module);
  }

  /** Returns each parameter once, with its dotted path. */
  namedParameters(): [string, Parameter][] {
    return [...this.#named(module => module.#ownParameters())];
  }

  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  namedBuffers(): [string, Tensor][] {
    return [...this.#named(module => [...module.#buffers])];
  }

  buffers(): Tensor[] {
    return this.namedBuffers().map(([, buffer]) => buffer);
  }

  *#named<T>(own: (module: Module) => [string, T][]): Generator<[string, T]> {
    const seen = new Set<T>();
    for (const [path, module] of this.namedModules()) {
      for (const [name, value] of own(module)) {
        if (seen.has(value)) continue;
        seen.add(value);
        yield [join(path, name), value];
      }
    }
  }

  #ownParameters(): [string, Parameter][] {
    return Object.entries(this).filter(
      (entry): entry is [string, Parameter] => entry[1] instanceof Parameter,
    );
  }

  /** Returns this module, set to training behaviour, or to testing with `false`. */
  train(mode = true): this {
    checkBoolean('train', 'mode', mode);
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Returns this module, set to testing behaviour: dropout off, batch norm by its running statistics. */
  eval(): this {
    return this.train(false);
  }

  /** Returns this module with its parameters and float buffers converted; gradients are let go. */
  to(dtype: 'float32' | 'float64'): this {
    if (dtype !== 'float32' && dtype !== 'float64') {
      throw new DTypeError(`to: a module takes dtype 'float32' or 'float64', got ${describe(dtype)}`);
    }
    for (const x of [...this.parameters(), ...this.buffers()]) {
      if (x.dtype === dtype || x.dtype === 'int32') continue;
      if (x instanceof Parameter) x.grad = null;
      x.array = x.detach().to(dtype).array;
    }
    return this;
  }

  /** Sets the gradient of every parameter to null. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null;
  }

  /** Returns the parameters and buffers by PyTorch's keys, as values: later training does not change them. */
  stateDict(): StateDict {
    return Object.fromEntries(this.#state().map(([key, value]) => [key, value.detach()]));
  }

  #state(prefix = ''): [string, Tensor][] {
    const own = [...this.#ownParameters(), ...this.#buffers].map(([name, x]): [string, Tensor] => [
      join(prefix, name),
      x,
    ]);
    return [...own, ...this.namedChildren().flatMap(([name, child]) => child.#state(join(prefix, name)))];
  }

  /**
   * Takes over parameters and buffers; returns the keys that did not match, which throw unless `strict` is false.
   * Nothing is changed unless all fits.
   */
  loadStateDict(state: Readonly<StateDict>, options: { strict?: boolean } = {}): LoadReport {
    checkOptions('loadStateDict', options, ['strict']);
    const { strict = true } = options;
    checkBoolean('loadStateDict', 'strict', strict);
    return load(this.constructor.name, new Map(this.#state()), state, strict);
  }

  /** Returns the settings as they stand in the printed module. */
  protected extraRepr(): string {
    return '';
  }

  /** Returns the module as PyTorch prints it. */
  toString(): string {
    const children = this.namedChildren().map(([name, child]) => `(${name}): ${child}`);
    const lines = [this.extraRepr(), ...children].filter(line => line !== '');
    const name = this.constructor.name;
    if (children.length === 0) return `${name}(${lines.join('')})`;
    return `${name}(\n${lines.join('\n').replace(/^/gm, '  ')}\n)`;
  }

  /** Printed by `console.log` in Node as PyTorch prints it. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}
