import { describe, expect, it } from 'vitest';
import { LruMap } from '../../../src/backend/wasm/lru.ts';

describe('a map with bounded room', () => {
  it('keeps what was used last, and never more than there is room for', () => {
    const map = new LruMap<number, string>(8);
    for (let key = 0; key < 1000; key++) {
      map.set(key, `${key}`);
      expect(map.get(0)).toBe('0');
      expect(map.get(key)).toBe(`${key}`);
      expect(map.size).toBeLessThanOrEqual(8);
    }
    expect(map.get(1)).toBeUndefined();
    expect(map.get(998)).toBe('998');
  });

  it('counts what each value takes', () => {
    const map = new LruMap<string, number>(100, size => size);
    map.set('a', 60);
    map.set('b', 30);
    map.set('c', 30);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 30, 30]);
    map.set('c', 10);
    map.set('d', 60);
    expect([map.get('b'), map.get('c'), map.get('d')]).toEqual([30, 10, 60]);
  });

  it('takes what is larger than all its room, alone', () => {
    const map = new LruMap<string, number>(100, size => size);
    map.set('a', 10);
    map.set('b', 1000);
    expect([map.get('a'), map.get('b')]).toEqual([undefined, 1000]);
    map.set('c', 10);
    expect([map.get('b'), map.get('c')]).toEqual([undefined, 10]);
    map.clear();
    expect([map.size, map.get('c')]).toEqual([0, undefined]);
  });
});
