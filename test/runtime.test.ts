import { ArgumentError, configure, runtimeInfo } from 'tinygrad-ts';
import { expect, it } from 'vitest';

it('configure says what runs, and refuses what it does not know', () => {
  expect(configure({ backend: 'reference' })).toEqual(runtimeInfo());
  expect(() => configure({ backend: 'toString' as never })).toThrow(ArgumentError);
  expect(() => configure({ wideSimdd: true } as never)).toThrow(/unknown option 'wideSimdd'/);
  expect(runtimeInfo().engine).toMatch(/^node \d+/);
});
