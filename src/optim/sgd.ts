import { checkBoolean, checkNumber, checkOptions, isPlainObject } from '../arguments.ts';
import { ArgumentError, describe } from '../errors.ts';
import { formatShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';

export interface SGDOptions {
  readonly lr?: number;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly weightDecay?: number;
  readonly nesterov?: boolean;
  readonly maximize?: boolean;
}

/** Parameters with settings of their own; what a group leaves out it takes from the optimizer's options. */
export interface ParamGroup extends SGDOptions {
  readonly params: Iterable<Tensor>;
}

/** A group with all its settings; they may be changed between steps, the learning rate above all. */
export interface SGDGroup {
  params: Tensor[];
  lr: number;
  momentum: number;
  dampening: number;
  weightDecay: number;
  nesterov: boolean;
  maximize: boolean;
}

const optionNames = ['lr', 'momentum', 'dampening', 'weightDecay', 'nesterov', 'maximize'] as const;

/**
 * Stochastic gradient descent with momentum. As in PyTorch, the momentum buffer starts as the first gradient.
 * https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export class SGD {
  readonly paramGroups: SGDGroup[] = [];
  #momentumBuffers = new Map<Tensor, Tensor>();
  #defaults: Omit<SGDGroup, 'params'>;

  /** `params` are tensors, or groups of them with settings of their own. */
  constructor(params: Iterable<Tensor> | Iterable<ParamGroup>, options: SGDOptions = {}) {
    checkOptions('SGD', options, optionNames);
    const {
      lr = 1e-3,
      momentum = 0,
      dampening = 0,
      weightDecay = 0,
      nesterov = false,
      maximize = false,
    } = options;
    this.#defaults = { lr, momentum, dampening, weightDecay, nesterov, maximize };
    const list = listOf(params);
    if (list.length === 0) throw new ArgumentError('SGD: optimizer got an empty parameter list');
    const plain = list.filter(item => item instanceof Tensor);
    if (plain.length > 0 && plain.length < list.length) {
      throw new ArgumentError('SGD: expected either tensors or groups { params, … }, got both');
    }
    if (plain.length > 0) this.addParamGroup({ params: plain });
    else for (const group of list as ParamGroup[]) this.addParamGroup(group);
  }

  /** Adds parameters that training goes on with; each parameter belongs to one group. */
  addParamGroup(group: ParamGroup): void {
    if (!isPlainObject(group) || !('params' in group)) {
      throw new ArgumentError(`SGD: expected tensors or groups { params, … }, got ${describe(group)}`);
    }
    checkOptions('SGD', group, ['params', ...optionNames]);
    const defaults = this.#defaults;
    const {
      lr = defaults.lr,
      momentum = defaults.momentum,
      dampening = defaults.dampening,
      weightDecay = defaults.weightDecay,
      nesterov = defaults.nesterov,
      maximize = defaults.maximize,
    } = group;
    const params = group.params instanceof Tensor ? [group.params] : (listOf(group.params) as Tensor[]);
    checkParams(params, new Set(this.paramGroups.flatMap(known => known.params)));
    const complete = { lr, momentum, dampening, weightDecay, nesterov, maximize, params };
    checkSettings(complete);
    this.paramGroups.push(complete);
  }

  /** Sets the gradient of every parameter to null. */
  zeroGrad(): void {
    for (const { params } of this.paramGroups) for (const param of params) param.grad = null;
  }

  /** Moves every parameter that has a gradient one step down it. */
  step(): void {
    // All groups first: they may have been changed, and nothing moves unless all of them hold.
    for (const group of this.paramGroups) {
      checkSettings(group);
      checkTensors(group.params);
    }
    for (const { params, ...options } of this.paramGroups) {
      const items = [];
      for (const param of params) {
        if (!param.gradient) continue;
        const known = this.#momentumBuffers.get(param);
        const momentumBuffer = options.momentum === 0 ? null : (known ?? Tensor.zerosLike(param));
        if (momentumBuffer) this.#momentumBuffers.set(param, momentumBuffer);
        items.push({ param, momentumBuffer, fresh: known === undefined });
      }
      Tensor.sgd_(items, options);
    }
  }
}

/** Returns the items of a list of tensors or groups. */
function listOf(params: Iterable<Tensor> | Iterable<ParamGroup>): (Tensor | ParamGroup)[] {
  if (typeof params === 'object' && params !== null && Symbol.iterator in params) return [...params];
  throw new ArgumentError(`SGD: expected parameters, got ${describe(params)}; pass ${rightParams(params)}`);
}

function rightParams(given: unknown): string {
  if (given instanceof Tensor) return 'a list: [x]';
  const isModule = typeof given === 'object' && given !== null && 'parameters' in given;
  return isModule ? 'model.parameters()' : 'model.parameters(), or a list of tensors';
}

/** Returns nothing; throws unless all are leaves, each there for the first time. */
function checkParams(params: readonly Tensor[], elsewhere: ReadonlySet<Tensor>): void {
  checkTensors(params);
  const seen = new Set<Tensor>();
  for (const param of params) {
    if (!param.isLeaf)
      throw new ArgumentError(`SGD: can't optimize a non-leaf Tensor of shape ${formatShape(param.shape)}`);
    if (elsewhere.has(param))
      throw new ArgumentError('SGD: some parameters appear in more than one parameter group');
    if (seen.has(param))
      throw new ArgumentError(
        `SGD: the parameter of shape ${formatShape(param.shape)} appears twice in a group`,
      );
    seen.add(param);
  }
}

function checkTensors(params: readonly Tensor[]): void {
  if (!Array.isArray(params))
    throw new ArgumentError(`SGD: expected a list of params, got ${describe(params)}`);
  for (const param of params) {
    if (!(param instanceof Tensor))
      throw new ArgumentError(`SGD: can only optimize Tensors, got ${describe(param)}`);
  }
}

/** Returns nothing; throws unless the group's settings make sense. It runs at every step, so it makes no objects. */
function checkSettings(group: SGDGroup): void {
  checkNotNegative('lr', group.lr);
  checkNotNegative('momentum', group.momentum);
  checkNumber('SGD', 'dampening', group.dampening);
  checkNotNegative('weightDecay', group.weightDecay);
  checkBoolean('SGD', 'nesterov', group.nesterov);
  checkBoolean('SGD', 'maximize', group.maximize);
  if (group.nesterov && (group.momentum <= 0 || group.dampening !== 0)) {
    throw new ArgumentError('SGD: Nesterov momentum requires a momentum and zero dampening');
  }
}

function checkNotNegative(name: string, value: number): void {
  if (typeof value === 'number' && value >= 0) return;
  throw new ArgumentError(`SGD: Invalid ${name} value: ${describe(value)}; expected a number >= 0`);
}
