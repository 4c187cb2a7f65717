import { describe, expect, it } from "vitest";
import { shardByBytes } from "../../src/tree/shard.ts";

const files = (count: number, bytesOf: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => ({ index, bytes: bytesOf(index) }));

describe("shards of a tree", () => {
  it("have each file once, and neighbours together", () => {
    const shards = shardByBytes(
      files(1_000, (index) => (index * 7_919) % 8_000),
      2,
    );
    for (const shard of shards) {
      const [first] = shard;
      expect(shard.map(({ index }) => index)).toEqual(
        shard.map((_, offset) => (first?.index ?? 0) + offset),
      );
    }
    const all = shards.flat().map(({ index }) => index);
    expect(all.toSorted((a, b) => a - b)).toEqual(files(1_000, () => 0).map(({ index }) => index));
  });

  it("take about the same time, and are more than threads", () => {
    const shards = shardByBytes(
      files(1_000, () => 1_000),
      2,
    );
    expect(shards.length).toBeGreaterThanOrEqual(8);
    expect(Math.max(...shards.map(({ length }) => length))).toBeLessThanOrEqual(125);
  });

  it("begin with the file that is larger than all others together", () => {
    const shards = shardByBytes(
      files(100, (index) => (index === 50 ? 1e9 : 1_000)),
      2,
    );
    expect(shards[0]?.map(({ index }) => index)).toEqual([50]);
  });

  it("of an empty tree are none", () => {
    expect(shardByBytes([], 2)).toEqual([]);
  });
});
