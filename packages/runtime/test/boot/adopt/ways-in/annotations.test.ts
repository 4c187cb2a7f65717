import { describe, expect, it } from "vitest";
import { annotationIn } from "../../../../src/boot/adopt/ways-in/annotations.ts";

const KEY = "sandboot.dev/binding";

describe("an annotation in a file of the downward API", () => {
  it.each([
    [String.raw`${KEY}="{\"id\":\"claim-7\"}"`, '{"id":"claim-7"}'],
    // Go's %q: named escapes, bytes, code points, and what it leaves alone.
    [String.raw`${KEY}="a\tb\nc\\d\a\v"`, "a\tb\nc\\d\x07\v"],
    [String.raw`${KEY}="\u00e9 \U0001f600 \xc3\xa9 é = \""`, 'é 😀 é é = "'],
    [`kubernetes.io/config.seen="2026"\n${KEY}="x"\nother="y"\n`, "x"],
    [`${KEY}=""`, ""],
  ])("is found and unquoted: %j", (text, value) => {
    expect(annotationIn(text, KEY)).toBe(value);
  });

  it("is not there when only others are", () => {
    expect(annotationIn(`${KEY}s="x"\nmy-${KEY}="y"\n`, KEY)).toBeNull();
    expect(annotationIn("", KEY)).toBeNull();
  });

  it.each(["x", `"x`, String.raw`"x\q"`, String.raw`"\U7fffffff"`])(
    "that Go would not have written is refused without its text: %s",
    (value) => {
      expect(() => annotationIn(`${KEY}=${value}`, KEY)).toThrow(/^an annotation's value/);
    },
  );
});
