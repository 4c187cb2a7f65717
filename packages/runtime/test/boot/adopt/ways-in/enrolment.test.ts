import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isEnrolled } from "../../../../src/boot/adopt/ways-in/enrolment.ts";

const digest = `sha256:${createHash("sha256").update("of the pool").digest("hex")}`;
const asking = (token: string) => ({ authorization: `Bearer ${token}` });
const open = { isBound: false };

describe("the enrolment token", () => {
  const inCapitals = `sha256:${digest.slice(7).toUpperCase()}`;

  it.each(["of the pool", digest, inCapitals])(
    "is compared with itself or with its digest: %s",
    (token) => {
      expect(isEnrolled(asking("of the pool"), token, open)).toBe(true);
      for (const other of ["of the", "of the pool ", "", "of the poolx"]) {
        expect(isEnrolled(asking(other), token, open)).toBe(false);
      }
      expect(isEnrolled({}, token, open)).toBe(false);
      expect(isEnrolled(asking("of the pool"), token, { isBound: true })).toBe(false);
    },
  );

  it("is not its own digest, and none admits nobody", () => {
    expect(isEnrolled(asking(digest), digest, open)).toBe(false);
    expect(isEnrolled(asking("undefined"), undefined, open)).toBe(false);
    expect(isEnrolled({}, undefined, open)).toBe(false);
  });
});
