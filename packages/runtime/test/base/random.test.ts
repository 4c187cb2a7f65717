import { expect, it } from "vitest";
import { randomBytes, randomFraction, randomId } from "../../src/base/random.ts";

it("makes ids as RFC 9562 has them, and never twice the same", () => {
  const ids = Array.from({ length: 100 }, randomId);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect(new Set(ids).size).toBe(100);
});

it("makes bytes, and fractions of one", () => {
  expect(randomBytes(24)).toHaveLength(24);
  for (let count = 0; count < 100; count++) {
    expect(randomFraction()).toBeGreaterThanOrEqual(0);
    expect(randomFraction()).toBeLessThan(1);
  }
});
