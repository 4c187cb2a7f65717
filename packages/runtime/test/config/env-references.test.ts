import { describe, expect, it } from "vitest";
import type { InputProblem } from "../../src/base/failure.ts";
import { resolveEnvReferences } from "../../src/config/env-references.ts";
import { configFileSchema } from "../../src/config/schema.ts";

const env = { TOKEN: "open sesame", EMPTY: "" };

describe("{env:NAME} in the environment of a process", () => {
  it("is the value of that variable, when it is the whole value", () => {
    const problems: InputProblem[] = [];
    const record = { A: "{env:TOKEN}", B: "Bearer {env:TOKEN}", C: "plain" };
    const file = configFileSchema.parse({
      agent: { env: record },
      bridge: { env: record },
      codeServer: { env: record },
      terminal: { env: record },
      sidecars: [{ id: "one", command: ["true"], env: record }],
    });
    const resolved = resolveEnvReferences(file, env, "file", problems);
    const { agent, bridge, codeServer, terminal, sidecars } = resolved;
    for (const part of [agent, bridge, codeServer, terminal, sidecars[0]]) {
      expect(part?.env).toEqual({ A: "open sesame", B: "Bearer {env:TOKEN}", C: "plain" });
    }
    expect(problems).toEqual([]);
  });

  it("is a problem when there is no such value, and the problem names the key", () => {
    const problems: InputProblem[] = [];
    const sidecars = [{ id: "one", command: ["true"], env: { A: "{env:EMPTY}", B: "{env:NONE}" } }];
    resolveEnvReferences(configFileSchema.parse({ sidecars }), env, "file", problems);
    expect(problems).toEqual(
      ["EMPTY", "NONE"].map((name, at) => ({
        source: "file",
        key: `sidecars[0].env.${"AB"[at]}`,
        expected: `a value of ${name} in the environment`,
        found: "nothing",
      })),
    );
  });
});
