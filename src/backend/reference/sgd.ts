import type { Kernels } from '../kernels.ts';

export const sgd = {
  // https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
  sgd(items, { lr, momentum, dampening, weightDecay, nesterov, maximize }) {
    const sign = maximize ? -1 : 1;
    for (const { param, grad, momentumBuffer, fresh } of items) {
      const [P, G, V] = [param.buffer.array, grad.buffer.array, momentumBuffer?.buffer.array];
      for (let i = 0; i < P.length; i++) {
        let g = sign * G[i]! + weightDecay * P[i]!;
        if (V) {
          const v = fresh ? g : momentum * V[i]! + (1 - dampening) * g;
          V[i] = v;
          g = nesterov ? g + momentum * v : v;
        }
        P[i]! -= lr * g;
      }
    }
  },
} satisfies Partial<Kernels>;
