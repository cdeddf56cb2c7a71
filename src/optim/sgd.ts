import { checkOptions } from '../arguments.ts';
import { ArgumentError, describe } from '../errors.ts';
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
    const list = [...params];
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
    if (typeof group !== 'object' || group === null || !('params' in group)) {
      throw new ArgumentError(`SGD: expected tensors or groups { params, … }, got ${describe(group)}`);
    }
    checkOptions('SGD', group, ['params', ...optionNames]);
    const { params: given, ...settings } = group;
    const params = given instanceof Tensor ? [given] : [...given];
    const known = new Set(this.paramGroups.flatMap(g => g.params));
    for (const param of params) {
      if (!(param instanceof Tensor))
        throw new ArgumentError(`SGD: can only optimize Tensors, got ${describe(param)}`);
      if (!param.isLeaf)
        throw new ArgumentError(`SGD: can't optimize a non-leaf Tensor of shape [${param.shape.join(', ')}]`);
      if (known.has(param))
        throw new ArgumentError('SGD: some parameters appear in more than one parameter group');
      known.add(param);
    }
    const complete = { ...this.#defaults, ...settings, params };
    checkSettings(complete);
    this.paramGroups.push(complete);
  }

  /** Sets the gradient of every parameter to null. */
  zeroGrad(): void {
    for (const { params } of this.paramGroups) for (const param of params) param.grad = null;
  }

  /** Moves every parameter that has a gradient one step down it. */
  step(): void {
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

function checkSettings({ lr, momentum, dampening, weightDecay, nesterov }: SGDGroup): void {
  for (const [name, value] of Object.entries({ lr, momentum, weightDecay })) {
    if (!(value >= 0))
      throw new ArgumentError(`SGD: Invalid ${name} value: ${describe(value)}; expected a number >= 0`);
  }
  if (nesterov && (momentum <= 0 || dampening !== 0)) {
    throw new ArgumentError('SGD: Nesterov momentum requires a momentum and zero dampening');
  }
}
