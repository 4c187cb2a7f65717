import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scratchFolder } from "./scratch.ts";

/** A place where shell scripts wait until the test opens it. So the test, and not a clock, decides how long a hook takes. */
export class Gate {
  readonly #mark: string;

  private constructor(mark: string) {
    this.#mark = mark;
  }

  static async create(): Promise<Gate> {
    return new Gate(join(await scratchFolder(), "open"));
  }

  /** The shell command that waits. */
  get wait(): string {
    return `while [ ! -e "${this.#mark}" ]; do sleep 0.02; done`;
  }

  /** Lets all scripts go on, also later ones. */
  async open(): Promise<void> {
    await writeFile(this.#mark, "");
  }
}
