import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { print } from '../../../examples/mnist/print.ts';
import {
  barFormat,
  formatSeconds,
  NonFiniteLossError,
  TrainingProgress,
} from '../../../examples/mnist/progress.ts';
import { Tensor } from '../../../src/tensor.ts';

vi.mock('../../../examples/mnist/print.ts', () => ({ print: vi.fn() }));
afterEach(() => vi.restoreAllMocks());

function captureLines(): string[] {
  const lines: string[] = [];
  vi.mocked(print).mockImplementation(line => void lines.push(line));
  return lines;
}

function* batchesOf(...sizes: number[]): Generator<[Tensor]> {
  for (const size of sizes) yield [Tensor.zeros([size])];
}

describe('TrainingProgress', () => {
  it('prints a line every so many batches, with the images and the loss so far', () => {
    const lines = captureLines();
    const progress = new TrainingProgress(3, 11, 2);
    let loss = 0.5;
    for (const _ of progress.over(batchesOf(3, 3, 3, 2))) progress.report(loss++);
    expect(lines).toEqual([
      'Train Epoch: 3 [6/11 (55%)]\tloss: 1.500000',
      'Train Epoch: 3 [11/11 (100%)]\tloss: 3.500000',
    ]);
  });

  it('prints the first line of MNIST as PyTorch would', () => {
    const lines = captureLines();
    const progress = new TrainingProgress(1, 60000, 10);
    for (const _ of progress.over(batchesOf(...new Array(10).fill(64)))) progress.report(1.234567);
    expect(lines).toEqual(['Train Epoch: 1 [640/60000 (1%)]\tloss: 1.234567']);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('stops at a loss of %s and says at which step', loss => {
    captureLines();
    const progress = new TrainingProgress(2, 6, 1);
    const train = () => {
      for (const [images] of progress.over(batchesOf(3, 2, 1)))
        progress.report(images.shape[0] === 2 ? loss : 1);
    };
    expect(train).toThrow(NonFiniteLossError);
    expect(train).toThrow(`The loss is ${loss} at step`);
  });
});

describe('TrainingProgress on a terminal', () => {
  const { isTTY, columns } = process.stdout;
  const setTerminal = (isTTY: boolean, columns: number) => {
    Object.defineProperty(process.stdout, 'isTTY', { value: isTTY, configurable: true });
    Object.defineProperty(process.stdout, 'columns', { value: columns, configurable: true });
  };
  beforeEach(() => setTerminal(true, 80));
  afterEach(() => setTerminal(isTTY, columns));

  it('shows less on a terminal of 20 columns', () => {
    setTerminal(true, 20);
    let written = '';
    vi.spyOn(process.stdout, 'write').mockImplementation(text => {
      written += text;
      return true;
    });
    for (const _ of new TrainingProgress(1, 6, 1).over(batchesOf(3, 3)));
    vi.restoreAllMocks();
    expect(written).toContain('Epoch 1 6/6');
    expect(written).not.toContain('images/s');
  });

  it('shows a bar in place of the lines, and hides neither the cursor nor the end of a line', () => {
    const lines = captureLines();
    let written = '';
    vi.spyOn(process.stdout, 'write').mockImplementation(text => {
      written += text;
      return true;
    });
    const progress = new TrainingProgress(1, 6, 1);
    for (const _ of progress.over(batchesOf(3, 3))) progress.report(0.25);
    vi.restoreAllMocks();
    expect(lines).toEqual([]);
    expect(written).toMatch(/Epoch 1 \[=+\] 6\/6, loss 0\.2500, \d+ images\/s, 0:00 left/);
    expect(written).not.toMatch(/\?25l|\?7l/);
    expect(written.endsWith('\n')).toBe(true);
  });
});

describe('barFormat', () => {
  it.each([
    [80, 'Epoch 10 [{bar}] {value}/{total}, loss {loss}, {speed} images/s, {left} left'],
    [79, 'Epoch 10 [{bar}] {value}/{total}, loss {loss}, {left} left'],
    [40, 'Epoch 10 {value}/{total}, loss {loss}'],
    [22, 'Epoch 10 {value}/{total}'],
    [20, '{value}/{total}'],
    [5, ''],
  ])('fits a terminal of %s columns', (columns, format) => {
    expect(barFormat(10, 60000, columns)).toBe(format);
  });

  it.each([1, 20, 40, 60, 80, 200])('leaves the last of %s columns empty', columns => {
    const filled = barFormat(10, 60000, columns)
      .replace('{bar}', '============')
      .replace('{value}', '60000')
      .replace('{total}', '60000')
      .replace('{loss}', '12.3456')
      .replace('{speed}', '21000')
      .replace('{left}', '1:02:05');
    expect(filled.length).toBeLessThan(columns);
  });
});

describe('formatSeconds', () => {
  it.each([
    [0, '0:00'],
    [64.2, '1:05'],
    [3599.5, '1:00:00'],
    [3725, '1:02:05'],
  ])('writes %s as %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));
});
