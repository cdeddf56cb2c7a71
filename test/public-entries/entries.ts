/** Every public entry of the package, by name, as it is found: functions, constructors, methods, setters. */
import * as core from 'tinygrad-ts';
import * as node from 'tinygrad-ts/node';

/** What the package's types hide from users: protected, private, or marked @internal. */
const hidden = new Set([
  ...['run', 'runInPlace', 'withShape', 'operand', 'values', 'make'].map(name => `Tensor#${name}`),
  ...['writable', 'writableUnsaved', 'rowMajor', 'writableRowMajor'].map(name => `Tensor#${name}`),
  ...['linear', 'conv2d', 'maxPool2d', 'avgPool2d', 'batchNorm', 'nllLoss', 'dropout'].map(
    name => `Tensor#${name}`,
  ),
  'Tensor.sgd_',
  'nn.Module#buffer',
  'data.DataLoader#order',
  'data.DataLoader#batches',
  'data.ImageDataset#copy',
  'data.TensorDataset#map',
]);

/** Returns the names of all public entries: 'noGrad', 'nn.Linear', 'Tensor.from', 'Tensor#add', 'Tensor#grad='. */
export function publicEntries(): string[] {
  const found = new Set<string>();
  for (const [prefix, module] of [
    ['', core],
    ['node.', node],
  ] as const)
    walk(prefix, module, found);
  return [...found].filter(name => !hidden.has(name)).sort();
}

function walk(prefix: string, module: object, found: Set<string>): void {
  for (const [key, value] of Object.entries(module)) {
    const name = prefix + key;
    if (typeof value === 'object' && value !== null) walk(`${name}.`, value, found);
    else if (!(typeof value === 'function' && value.prototype instanceof Error)) {
      found.add(name);
      if (/^class\b/.test(Function.prototype.toString.call(value))) members(name, value, found);
    }
  }
}

/** Adds the static functions of a class and what its instances have; of `Tensor` also what it inherits. */
function members(name: string, Class: { prototype: object }, found: Set<string>): void {
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(Class))) {
    if (typeof value === 'function') found.add(`${name}.${key}`);
  }
  let prototype = Class.prototype;
  do {
    for (const [key, { value, set }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (set) found.add(`${name}#${key}=`);
      // A function without parameters has nothing that could be wrong.
      if (typeof value === 'function' && key !== 'constructor' && takesArguments(value))
        found.add(`${name}#${key}`);
    }
    prototype = Object.getPrototypeOf(prototype) as object;
  } while (name === 'Tensor' && prototype !== Object.prototype);
}

function takesArguments(method: unknown): boolean {
  return !/^[^(]*\(\s*\)/.test(Function.prototype.toString.call(method));
}
