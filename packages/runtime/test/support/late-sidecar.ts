import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Gate } from "./gate.ts";
import { scratchFolder } from "./scratch.ts";

/** A sidecar that becomes ready, or fails, when the test tells it to. */
export class LateSidecar {
  readonly config: Readonly<Record<string, unknown>>;
  readonly #gate: Gate;
  /** This file exists when the sidecar shall become ready. */
  readonly #ready: string;

  private constructor(gate: Gate, ready: string, config: LateSidecar["config"]) {
    this.#gate = gate;
    this.#ready = ready;
    this.config = config;
  }

  static async create(id: string, more: object = {}): Promise<LateSidecar> {
    const gate = await Gate.create();
    const ready = join(await scratchFolder(), "ready");
    return new LateSidecar(gate, ready, {
      id,
      command: ["bash", "-c", `${gate.wait}; [ -e "${ready}" ] && exec sleep 1000; exit 3`],
      readiness: { exec: ["test", "-e", ready] },
      restart: "never",
      ...more,
    });
  }

  async become(what: "ready" | "failed"): Promise<void> {
    if (what === "ready") await writeFile(this.#ready, "");
    await this.#gate.open();
  }
}
