import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RUNTIME_VERSION } from "../../../src/base/version.ts";
import { openApiDocument } from "../../../src/observe/status/openapi/document.ts";
import { operations } from "../../../src/observe/status/openapi/operations.ts";
import { routes } from "../../../src/observe/status/routes/table.ts";
import { ask } from "../../support/http.ts";
import { startStatus } from "../../support/status.ts";

const published = join(import.meta.dirname, "../../../../../docs/openapi.json");

describe("the OpenAPI document", () => {
  it("is up to date (else `npx vitest run test/observe/status/openapi.test.ts -u`)", async () => {
    const text = `${JSON.stringify(openApiDocument(routes, "0.1.0"), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(published);
  });

  it("is served", async () => {
    const { socket } = await startStatus();
    const answer = await ask(socket, "/v1/openapi.json");
    expect(answer.json()).toEqual(
      JSON.parse(JSON.stringify(openApiDocument(routes, RUNTIME_VERSION))),
    );
  });

  it("describes every route and nothing else", () => {
    const known = routes.map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(operations).toSorted()).toEqual(known.toSorted());
  });

  it("has no dangling references, and names each operation once", () => {
    const document = openApiDocument(routes, "0.1.0");
    const text = JSON.stringify(document);
    const names = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, name]) => name);
    expect(new Set(names).size).toBe(routes.length);
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference = ""]) => reference,
    );
    expect(references.length).toBeGreaterThan(20);
    for (const reference of new Set(references)) {
      expect(reference).toMatch(/^#\/components\/schemas\//);
      expect(at(document, reference.slice(2).split("/")), reference).toBeDefined();
    }
  });
});

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((here, key) => (here as Record<string, unknown>)?.[key], value);
}
