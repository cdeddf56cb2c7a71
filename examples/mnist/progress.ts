import { SingleBar } from 'cli-progress';
import type { Tensor } from 'tinygrad-ts';
import { print } from './print.ts';

/** A loss that is infinite or not a number: from here on training would only spoil the weights. */
export class NonFiniteLossError extends Error {
  override name = 'NonFiniteLossError';
}

const barsize = 12;

interface Display {
  /** Shows the state after another batch; the counts are of this epoch. */
  show(images: number, batches: number, loss: number): void;
  stop(): void;
}

/** Tells how an epoch of training goes: a bar on a terminal, a line every `logInterval` batches elsewhere. */
export class TrainingProgress {
  private readonly epoch: number;
  private readonly display: Display;
  private batches = 0;
  private loss = 0;

  constructor(epoch: number, total: number, logInterval: number) {
    this.epoch = epoch;
    this.display = process.stdout.isTTY ? progressBar(epoch, total) : lines(epoch, total, logInterval);
  }

  /** Returns the batches one by one; the time between two of them is the time of a step. */
  *over<Batch extends readonly [images: Tensor, ...rest: unknown[]]>(
    batches: Iterable<Batch>,
  ): Generator<Batch> {
    let images = 0;
    try {
      for (const batch of batches) {
        this.batches++;
        yield batch;
        images += batch[0].shape[0]!;
        this.display.show(images, this.batches, this.loss);
      }
    } finally {
      this.display.stop();
    }
  }

  /** Takes the loss of the current batch; throws a NonFiniteLossError if there is no going on from it. */
  report(loss: number): void {
    if (!Number.isFinite(loss)) {
      throw new NonFiniteLossError(
        `The loss is ${loss} at step ${this.batches} of epoch ${this.epoch}: training stopped. ` +
          'A smaller --lr may help.',
      );
    }
    this.loss = loss;
  }
}

function lines(epoch: number, total: number, logInterval: number): Display {
  return {
    show(images, batches, loss) {
      if (batches % logInterval !== 0) return;
      const percent = ((100 * images) / total).toFixed(0);
      print(`Train Epoch: ${epoch} [${images}/${total} (${percent}%)]\tloss: ${loss.toFixed(6)}`);
    },
    stop() {},
  };
}

function progressBar(epoch: number, total: number): Display {
  const bar = new SingleBar({
    format: barFormat(epoch, total, process.stdout.columns || 80),
    barsize,
    stream: process.stdout,
    // Training is synchronous, so no handler could restore the terminal on Ctrl-C: change nothing of it.
    hideCursor: false,
    linewrap: true,
    gracefulExit: false,
  });
  const start = performance.now();
  bar.start(total, 0, { loss: '-', speed: '-', left: '-' });
  return {
    show(images, _batches, loss) {
      const speed = (1000 * images) / (performance.now() - start);
      const left = formatSeconds((total - images) / speed);
      bar.update(images, { loss: loss.toFixed(4), speed: speed.toFixed(0), left });
    },
    stop: () => bar.stop(),
  };
}

/** Returns the fullest line that fits: one that wraps would scroll the terminal at every step. */
export function barFormat(epoch: number, total: number, columns: number): string {
  const formats = [
    `Epoch ${epoch} [{bar}] {value}/{total}, loss {loss}, {speed} images/s, {left} left`,
    `Epoch ${epoch} [{bar}] {value}/{total}, loss {loss}, {left} left`,
    `Epoch ${epoch} {value}/{total}, loss {loss}`,
    `Epoch ${epoch} {value}/{total}`,
    '{value}/{total}',
  ];
  const widest = {
    bar: ' '.repeat(barsize),
    value: total,
    total,
    loss: '99.9999',
    speed: 99999,
    left: '9:59:59',
  };
  const width = (format: string) =>
    Object.entries(widest).reduce((text, [key, value]) => text.replace(`{${key}}`, String(value)), format)
      .length;
  // Less than the columns: a full line makes some terminals wrap.
  return formats.find(format => width(format) < columns) ?? '';
}

/** Returns 3725 seconds as 1:02:05, 65 seconds as 1:05. */
export function formatSeconds(duration: number): string {
  const seconds = Math.ceil(duration);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const parts = hours > 0 ? [hours, pad(minutes)] : [minutes];
  return [...parts, pad(seconds % 60)].join(':');
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
