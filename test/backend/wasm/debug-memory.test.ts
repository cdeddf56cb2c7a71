import { configure, manualSeed, nn, noGrad, runtimeInfo, Tensor, TensorError } from 'tinygrad-ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { i32, type Module } from '../../../src/backend/wasm/asm/index.ts';
import { bufferAt } from '../../../src/backend/wasm/lifetimes.ts';
import { allocate, bytesInUse, elementsAt, release } from '../../../src/backend/wasm/memory.ts';
import { compile } from '../../../src/backend/wasm/runtime.ts';
import { run, runByImage, settle } from '../../../src/backend/wasm/schedule.ts';

beforeEach(() => void configure({ debugMemory: true, threads: 1 }));
afterEach(() => void configure({ debugMemory: false }));

/** A kernel that writes 1 so many bytes from `to`. */
const stray = compile('stray', (m: Module) => {
  const params = { to: i32, distance: i32, begin: i32, end: i32 };
  return m.func({ name: 'stray', params }, (f, { to, distance }) => i32.store(f, i32.add(to, distance), 1));
});

describe('the debug arena', () => {
  it.each([
    [-4, '4 bytes before a block of 100 bytes'],
    [-64, '64 bytes before a block of 100 bytes'],
    [100, '0 bytes behind a block of 100 bytes'],
    [124, '24 bytes behind a block of 100 bytes'],
    [188, '88 bytes behind a block of 100 bytes'],
  ])('tells of a write %i bytes from the begin of a block of 100 bytes', (distance, where) => {
    const region = allocate(100);
    try {
      expect(() => run(stray, 1, region.address, distance)).toThrow(
        new RegExp(`^debugMemory: the kernel stray wrote at address ${region.address + distance}, ${where}`),
      );
      // It is told once.
      run(stray, 1, region.address, 96);
      expect(elementsAt(region.address, 'int32', 25)[24]).toBe(1);
    } finally {
      release(region);
    }
  });

  it('tells of a write to memory that is free', () => {
    const [first, second] = [allocate(4096), allocate(64)];
    const { address } = first;
    release(first);
    expect(() => run(stray, 1, address, 2000)).toThrow(
      /the kernel stray wrote at address \d+, to memory that is free/,
    );
    release(second);
  });

  it('tells of a write that no kernel of the queue did when a block is freed or given out', () => {
    const region = allocate(128);
    stray.run(region.address, 128, 0, 1);
    expect(() => release(region)).toThrow(TensorError);
    stray.run(region.address, 0, 0, 1);
    expect(() => allocate(128)).toThrow('to memory that was free');
    release(allocate(128));
  });

  it('names the op and the shape of the tensor whose memory is next to the write', () => {
    class Faulty extends nn.Module {
      override forward(x: Tensor): Tensor {
        const y = x.mul(2);
        settle();
        for (let address = 0; address < runtimeInfo().memory.bytesReserved; address += 64) {
          if (bufferAt(address) === y.array.buffer) run(stray, 1, address, 4 * y.numel());
        }
        return y;
      }
    }
    const call = () => new Faulty().call(Tensor.ones([3, 5]));
    expect(call).toThrow(/0 bytes behind the float32 tensor \[3, 5\] that mul returned/);
  });

  it('shows a read of what nobody has written as NaN', () => {
    const region = allocate(64);
    elementsAt(region.address, 'float32', 16).fill(1);
    release(region);
    const again = allocate(64);
    expect([...elementsAt(again.address, 'float32', 16)]).toEqual(new Array(16).fill(Number.NaN));
    release(again);
  });

  it('sees the write of a kernel in a chain', () => {
    const [a, b] = [allocate(256), allocate(256)];
    const by = {
      ...{ images: 4, units: 1, per: 1, whole: [] },
      batches: [{ argument: 0, bytes: 64, written: true }],
    };
    try {
      // A chain is compiled when it is seen again.
      for (const kernel of ['stray', 'chain']) {
        runByImage(stray, 4, [a.address, 0], by);
        runByImage(stray, 4, [b.address, 256], by);
        expect(() => settle()).toThrow(
          new RegExp(`the kernel ${kernel} wrote .* 0 bytes behind a block of 256 bytes`),
        );
      }
    } finally {
      release(a);
      release(b);
    }
  });

  it('can be turned on and off while memory is in use', () => {
    configure({ debugMemory: false });
    const before = bytesInUse();
    const [plain, other] = [allocate(100), allocate(100)];
    configure({ debugMemory: true });
    const guarded = allocate(100);
    release(plain);
    expect(() => run(stray, 1, guarded.address, 100)).toThrow('behind a block of 100 bytes');
    configure({ debugMemory: false });
    run(stray, 1, guarded.address, 100);
    release(guarded);
    release(other);
    expect(bytesInUse()).toBe(before);
    expect(() => configure({ debugMemory: 1 as never })).toThrow('debugMemory');
  });

  it.each([1, 2])('changes no bit of a training step or of an inference on %i threads', threads => {
    const results = [false, true].map(debugMemory => {
      configure({ debugMemory, threads });
      manualSeed(7);
      const model = new nn.Sequential(
        new nn.Conv2d(1, 16, 5, { padding: 2 }),
        new nn.BatchNorm2d(16),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Conv2d(16, 16, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.Flatten(),
        new nn.Linear(16 * 36, 10),
      );
      const x = Tensor.randn([33, 1, 12, 12]);
      for (let i = 0; i < 6; i++) model.call(x).logSoftmax(1).pow(2).mean().backward();
      const gradients = model.parameters().map(p => p.grad!.toArray());
      model.eval();
      return { gradients, y: noGrad(() => model.call(x)).toArray() };
    });
    expect(results[1]).toEqual(results[0]);
  });
});
