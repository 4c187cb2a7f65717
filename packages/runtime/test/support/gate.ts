import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scratchFolder } from "./scratch.ts";

/** Where a script waits until the test lets it go on: so the test says how long a hook takes, and no clock. */
export class Gate {
  readonly #mark: string;

  private constructor(mark: string) {
    this.#mark = mark;
  }

  static async create(): Promise<Gate> {
    return new Gate(join(await scratchFolder(), "open"));
  }

  /** The command of a shell script that waits here. */
  get wait(): string {
    return `while [ ! -e "${this.#mark}" ]; do sleep 0.02; done`;
  }

  /** For all that wait, and all that come later. */
  async open(): Promise<void> {
    await writeFile(this.#mark, "");
  }
}
