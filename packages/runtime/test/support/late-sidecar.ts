import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scratchFolder } from "./scratch.ts";

/** A sidecar that becomes ready, or gives up, when it is told to: as slow as a test wants it. */
export class LateSidecar {
  readonly config: Readonly<Record<string, unknown>>;
  readonly #gate: string;

  private constructor(id: string, gate: string, more: object) {
    this.#gate = gate;
    const script = `while [ ! -e ${gate} ]; do sleep 0.02; done; [ "$(cat ${gate})" = ready ] && exec sleep 1000; exit 3`;
    this.config = {
      id,
      command: ["bash", "-c", script],
      readiness: { exec: ["grep", "-q", "ready", gate] },
      restart: "never",
      ...more,
    };
  }

  static async create(id: string, more: object = {}): Promise<LateSidecar> {
    return new LateSidecar(id, join(await scratchFolder(), "gate"), more);
  }

  /** It sees the whole word or nothing. */
  async become(what: "ready" | "useless"): Promise<void> {
    await writeFile(`${this.#gate}.new`, what);
    await rename(`${this.#gate}.new`, this.#gate);
  }
}
