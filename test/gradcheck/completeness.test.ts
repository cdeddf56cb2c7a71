import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const here = new URL('.', import.meta.url);
const ops = new URL('../../src/ops/', here);

const files = (folder: URL, suffix: string) => readdirSync(folder).filter(name => name.endsWith(suffix));
const text = (folder: URL, name: string) => readFileSync(new URL(name, folder), 'utf8');

/** The ops that have a gradient, by file name; `backward: null` is for those that have none. */
const differentiable = files(ops, '.ts')
  .filter(name => /\bdefineOp\b[\s\S]*\bbackward\(/.test(text(ops, name)))
  .map(name => name.slice(0, -'.ts'.length));

const checked = new Set(
  files(here, '.test.ts').flatMap(name =>
    [...text(here, name).matchAll(/^\s*checkOp\(\s*'(\w+)'/gm)].map(([, op]) => op),
  ),
);

describe('the gradient-check suite', () => {
  it('finds the ops', () => {
    expect(differentiable).toEqual(expect.arrayContaining(['add', 'conv2d', 'softmax', 'batchNorm']));
    expect(differentiable).not.toContain('compare');
  });

  it('has a table for every op with a backward', () => {
    expect(differentiable.filter(op => !checked.has(op))).toEqual([]);
  });

  it('has no table for an op that does not exist', () => {
    expect([...checked].filter(op => !differentiable.includes(op))).toEqual([]);
  });
});
