import { describe, expect, it } from 'vitest';
import { f32, f32x4, f64, i32, i64, Module, select } from '../../../../src/backend/wasm/asm/index.ts';
import { run } from './engine.ts';

describe('select', () => {
  it('takes one of two values, of any type', () => {
    const m = new Module();
    const params = { condition: i32 };
    m.export(
      m.func({ name: 'main', params, result: f64 }, (_, { condition }) => {
        const arms = [
          f64.convertI32S(select(i32.const(1), 2, condition)),
          f64.convertI64S(select(i64.const(10n), 20n, condition)),
          f64.promoteF32(select(f32.const(100), 200, condition)),
          f64.promoteF32(f32x4.extractLane(select(f32x4.splat(1000), f32x4.splat(2000), condition), 2)),
        ];
        return arms.reduce((sum, arm) => f64.add(sum, arm), select(f64.const(10000), 20000, condition));
      }),
    );
    const { main } = run(m);
    expect([main(1), main(-8), main(0)]).toEqual([11111, 11111, 22222]);
  });
});
