import { expect, it } from "vitest";
import { MOST_AUTH_CHOICES, MOST_REPORTED_CHARACTERS } from "../../src/acp-server/limits.ts";
import { reportableChoices, reportableIn } from "../../src/acp-server/reported.ts";

const long = "x".repeat(MOST_REPORTED_CHARACTERS + 1);
const start = "x".repeat(MOST_REPORTED_CHARACTERS);

it("C13: what an agent says of itself is reported at a bounded length, whatever it says", () => {
  expect(reportableIn({ version: long }, "version")).toBe(start);
  for (const agentInfo of [undefined, null, "text", { version: { major: 1 } }]) {
    expect(reportableIn(agentInfo, "version")).toBeNull();
  }
});

it.each([
  ["as the protocol has them", [{ id: "key", name: "A key" }], [{ id: "key", name: "A key" }]],
  ["without names", [{ id: "key" }], [{ id: "key", name: "key" }]],
  ["with long names", [{ id: long, name: long }], [{ id: start, name: start }]],
  ["without ids", [null, 7, "key", { id: 3 }, {}], []],
  ["that are no list", 5, []],
  ["that are not there", undefined, []],
])("ways to authenticate %s", (_, methods, expected) => {
  expect(reportableChoices(methods)).toEqual(expected);
});

it("C13: of very many ways to authenticate the first ones are reported", () => {
  const methods = Array.from({ length: 1_000 }, (_, at) => ({ id: `${at}`, name: "x" }));
  expect(reportableChoices(methods)).toEqual(methods.slice(0, MOST_AUTH_CHOICES));
});
