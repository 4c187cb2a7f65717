import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  criticalChain,
  initialState,
  type RuntimeEvent,
  reduceState,
} from "@sandboot/runtime/protocol";
import { describe, expect, it } from "vitest";
import { bootTree } from "../../src/model/boot-tree.ts";
import { noticesOf } from "../../src/model/notices.ts";
import { inEnglish as t } from "../../src/model/translate.ts";
import { waterfall } from "../../src/model/waterfall.ts";
import { live } from "../fixtures/snapshots.ts";

const file = join(import.meta.dirname, "..", "fixtures", "recorded-boot.jsonl");
const events = (await readFile(file, "utf8"))
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as RuntimeEvent);

describe("what a real boot of the quickstart said (sandboot boot --json --until ready)", () => {
  it("is read whole", () => {
    const endAt = events.findIndex(({ type }) => type === "shutdown.started");
    const state = events.slice(0, endAt).reduce(reduceState, initialState);
    expect(state.status).toBe("ready");
    expect(criticalChain(state).slice(-3)).toEqual(["agent.session", "bridge", "ready"]);
    const tree = bootTree(live(state), { t, nowMs: state.readyMs ?? 0 });
    expect(tree.map(({ label }) => label)).toEqual(["Agent", "Repository shop", "Bridge"]);
    expect(waterfall(live(state), { t, nowMs: 0 })?.rows).toHaveLength(state.phases.length + 1);
    expect(noticesOf(state, t)).toEqual([]);
  });

  it("has a critical chain as soon as it is ready", () => {
    const readyAt = events.findIndex(({ type }) => type === "boot.ready");
    const state = events.slice(0, readyAt + 1).reduce(reduceState, initialState);
    expect(criticalChain(state).at(-1)).toBe("bridge");
  });
});
