import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BootContext, BootParts } from "../../../src/boot/phases/phase.ts";
import { waitFor } from "../../../src/boot/phases/wait-for.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { scratchFolder } from "../../support/scratch.ts";

const OURS = "TUNNEL_SANDBOX_ID=sb-1";

/** Runs the gate on a file of this text. */
async function gateOn(text: string | null, gate: object, signal = new AbortController().signal) {
  const cwd = await scratchFolder();
  const file = join(cwd, "tunnels.env");
  if (text !== null) await writeFile(file, text);
  const waitingFor = [{ id: "tunnels", file: "tunnels.env", keepWith: OURS, ...gate }];
  await writeFile(join(cwd, "sandboot.json"), JSON.stringify({ hooks: { waitFor: waitingFor } }));
  const [phase] = waitFor(await loadConfig({ cwd, env: {}, mode: "repo_image" }));
  const context = { signal, detail: () => {}, waitingFor: () => {} };
  const end = phase?.run({} as BootParts, context as unknown as BootContext);
  return { file, end, text: () => readFile(file, "utf8").catch(() => null) };
}

const LINES = { lines: ["TUNNEL_3000=", "TUNNEL_8000="] };

describe("a gate before the start hooks", () => {
  it("is open when the file has every line", async () => {
    const text = `${OURS}\nTUNNEL_8000=https://b\nTUNNEL_3000=https://a\n`;
    const gate = await gateOn(text, LINES);
    await gate.end;
    expect(await gate.text()).toBe(text);
  });

  it("waits for lines that come late", async () => {
    const gate = await gateOn(`${OURS}\nTUNNEL_3000=https://a\n`, LINES);
    await appendFile(gate.file, "TUNNEL_8000=https://b\n");
    await gate.end;
  });

  it("removes a file of another sandbox, and does not take its lines", async () => {
    const stale = "TUNNEL_SANDBOX_ID=sb-0\nTUNNEL_3000=https://a\nTUNNEL_8000=https://b\n";
    const gate = await gateOn(stale, { ...LINES, seconds: 0.1 });
    await expect(gate.end).rejects.toMatchObject({
      value: { code: "lines-missing", lines: LINES.lines, timeoutMs: 100 },
    });
    expect(await gate.text()).toBeNull();
  });

  it("that waits for no line only removes what is stale", async () => {
    const gate = await gateOn("TUNNEL_SANDBOX_ID=sb-0\n", {});
    await gate.end;
    expect(await gate.text()).toBeNull();
    await (await gateOn(null, {})).end;
  });

  it("ends with the boot", async () => {
    const boot = new AbortController();
    const gate = await gateOn(null, LINES, boot.signal);
    boot.abort(new Error("SIGTERM"));
    await expect(gate.end).rejects.toThrow();
  });
});
