import { expect, it } from "vitest";
import { jsonIn } from "../../src/base/json-in.ts";

it("is read with a byte order mark or without", () => {
  for (const mark of ["", "\ufeff"]) expect(jsonIn(`${mark}{ "a": "ü" }`)).toEqual({ a: "ü" });
});

it("is refused in another encoding, in which letters would be lost", () => {
  const latin1 = Buffer.from('{ "password": "größer" }', "latin1").toString("utf8");
  expect(() => jsonIn(latin1)).toThrow("it is not in UTF-8");
  expect(jsonIn(String.raw`{ "a": "\ufffd" }`)).toEqual({ a: "\ufffd" });
});
