import { describe, expect, it } from "vitest";
import { onDefaults } from "../../src/config/platform.ts";

describe("a config file on a platform's defaults", () => {
  const defaults = {
    workspace: "/workspace",
    bridge: { command: ["python", "bridge.py"], port: 1 },
    hooks: { shell: "bash", waitFor: [{ id: "tunnels" }] },
    sidecars: [{ id: "display" }],
  };

  it("wins key by key, and has what it does not say from the platform", () => {
    const file = { mode: "fresh", bridge: { port: 2 } };
    expect(onDefaults(file, defaults)).toEqual({
      ...defaults,
      mode: "fresh",
      bridge: { ...defaults.bridge, port: 2 },
    });
  });

  it("replaces a command, and adds to sidecars and gates", () => {
    const file = {
      bridge: { command: ["mine"] },
      hooks: { waitFor: [{ id: "mine" }] },
      sidecars: [{ id: "mine" }],
    };
    expect(onDefaults(file, defaults)).toMatchObject({
      bridge: { command: ["mine"], port: 1 },
      hooks: { shell: "bash", waitFor: [{ id: "tunnels" }, { id: "mine" }] },
      sidecars: [{ id: "display" }, { id: "mine" }],
    });
  });

  it.each([[null], ["text"], [[1]]])(
    "leaves %j to the schema, as a whole and as a section",
    (odd) => {
      expect(onDefaults(odd, defaults)).toEqual(odd);
      expect(onDefaults({ bridge: odd, sidecars: odd }, defaults)).toMatchObject({ bridge: odd });
    },
  );
});
