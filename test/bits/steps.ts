/** 200 training steps, and what they end with: the same bytes on every engine, for every width of SIMD. */
import { manualSeed, nn, optim, Tensor } from 'tinygrad-ts';
import { ResNet } from '../golden/resnet.ts';

/** Returns all parameters and running statistics after the steps, each with its name. */
export function trainedBytes(): Uint8Array {
  manualSeed(1);
  const model = new ResNet();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.5 });
  // Uniform numbers: those are drawn without a logarithm or cosine of the engine.
  const images = Tensor.rand([256, 1, 28, 28]);
  const labels = Tensor.randint(0, 10, [256]);

  for (let step = 0; step < 200; step++) {
    const from = (step % 16) * 16;
    optimizer.zeroGrad();
    const output = model.call(images.slice(0, from, from + 16));
    nn.functional.nllLoss(output, labels.slice(0, from, from + 16)).backward();
    optimizer.step();
  }

  const bytes: number[] = [];
  for (const [key, value] of Object.entries(model.stateDict())) {
    bytes.push(...new TextEncoder().encode(key));
    const { data } = value.clone();
    for (const byte of new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** Resolves to the hash of these bytes, by what browsers have as well as other engines. */
export async function trainedHash(): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', trainedBytes() as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
}
