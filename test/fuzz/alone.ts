/** What becomes of an image does not depend on the others in its batch. */
import { Finding } from './compare.ts';
import { execute, type Outcome, on } from './execute.ts';
import { isLeaf, type Leaf, type Line, type Program } from './program.ts';

/**
 * Throws a Finding unless each image of the first operand, a batch, has the same bits by itself: in the result and in
 * the gradient.
 */
export function checkAlone(program: Program, outcome: Outcome): void {
  const [x, next] = program.lines as [Leaf, Line];
  const [batch] = x.shape;
  // Where the first operand is laid out by a step of its own, that step knows the batch.
  if (outcome.error || batch === undefined || batch < 2 || x.shape.length < 4) return;
  if (!isLeaf(next) && next.on === 'method') return;
  on('wasm');
  const whole = [outcome.results[0]!, outcome.gradients[0]!];
  for (let image = 0; image < batch; image++) {
    const { results, gradients } = execute({ ...program, only: { image, of: batch } });
    [results[0]!, gradients[0]!].forEach((own, i) => {
      const all = whole[i]!.values;
      const size = own.values.length;
      const at = own.values.findIndex((v, j) => !Object.is(v, all[image * size + j]));
      if (at < 0) return;
      const what = ['the result', 'the gradient of x'][i];
      const [alone, beside] = [own.values[at], all[image * size + at]];
      throw new Finding(`image ${image}, ${what}, element ${at}: ${alone} alone, ${beside} in its batch`);
    });
  }
}
