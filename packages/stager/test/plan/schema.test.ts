import { readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { stagePlanJsonSchema } from "../../src/plan/json-schema.ts";
import { readPlan } from "../../src/plan/read.ts";

const published = join(import.meta.dirname, "../../schema/stage-plan.schema.json");
const quickstart = join(import.meta.dirname, "../../../../examples/quickstart/stage.plan.json");

describe("the published schema of a plan", () => {
  it("is up to date (else: npm run schema -w packages/stager)", async () => {
    const found = JSON.parse(await readFile(published, "utf8"));
    expect(found).toEqual(JSON.parse(stagePlanJsonSchema()));
  });

  it("is referred to by the quickstart's plan, which is valid", async () => {
    const { $schema } = JSON.parse(await readFile(quickstart, "utf8"));
    expect(await realpath(join(dirname(quickstart), $schema))).toBe(await realpath(published));
    expect((await readPlan(quickstart)).plan.npm).toHaveLength(1);
  });

  it.each([
    [{}, true],
    [{ entries: [{ from: "tool/*", to: "config/tool/" }] }, true],
    [{ entries: [{ from: "tool/*", to: "a/..b/...c" }] }, true],
    [{ entries: [{ from: "tool/*", to: "../x" }] }, false],
    [{ entries: [{ from: "tool/*", to: "/x" }] }, false],
    [{ entries: [{ from: "tool/*", to: "a/.." }] }, false],
    [{ entries: [{ from: "tool/*", to: ".sandboot/x" }] }, false],
    [{ entries: [{ from: "tool/*", to: "x", gate: "1A" }] }, false],
    [{ entries: [{ to: "x" }] }, false],
    [{ npm: [{ from: ".", to: "config", seed: "global" }] }, true],
    [{ npm: [{ from: ".", to: "config", sed: "global" }] }, false],
    [{ nmp: [] }, false],
  ])("%j: valid is %s", async (plan, valid) => {
    const schema = z.fromJSONSchema(JSON.parse(await readFile(published, "utf8")));
    expect(schema.safeParse(plan).success).toBe(valid);
  });
});
