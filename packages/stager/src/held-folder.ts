import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  type Stats,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { readSmallFile, type SmallFile } from "./small-file.ts";

export type OpenedFolder =
  | { readonly id: "open"; readonly folder: HeldFolder }
  | { readonly id: "absent" }
  /** Something else is there: a file, a symbolic link. */
  | { readonly id: "not-a-folder" };

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/**
 * A folder that is held open. Other programs can write where it lies, and may replace it by a symbolic link. All work is
 * still done in the folder that was opened.
 *
 * Node has no `openat` and its kin. `/proc/self/fd/N/name` does the same on Linux: the kernel goes to the open folder and
 * looks up one name there. Without `/proc` the path is used.
 *
 * @see proc(5), `/proc/pid/fd`
 */
export class HeldFolder implements Disposable {
  readonly #fd: number;
  readonly #base: string;

  private constructor(fd: number, path: string) {
    this.#fd = fd;
    const held = `/proc/self/fd/${fd}`;
    this.#base = existsSync(held) ? held : path;
  }

  /** Opens a folder; its last part is not followed when it is a symbolic link. */
  static open(path: string): OpenedFolder {
    try {
      const fd = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      return { id: "open", folder: new HeldFolder(fd, path) };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return { id: "absent" };
      if (code === "ENOTDIR" || code === "ELOOP") return { id: "not-a-folder" };
      throw error;
    }
  }

  /** Where it is now, without links. */
  get realPath(): string {
    return this.#base.startsWith("/proc/") ? readlinkSync(this.#base) : this.#base;
  }

  openFolder(name: string): OpenedFolder {
    return HeldFolder.open(this.#at(name));
  }

  names(): string[] {
    return readdirSync(this.#base);
  }

  lstat(name: string): Stats | undefined {
    return lstatSync(this.#at(name), { throwIfNoEntry: false });
  }

  /** The target of a symbolic link; null when there is no link with this name. */
  linkTarget(name: string): string | null {
    return this.lstat(name)?.isSymbolicLink() === true ? readlinkSync(this.#at(name)) : null;
  }

  /** A symbolic link in place of the file is not followed. */
  readFile(name: string, options: { readonly maxBytes?: number } = {}): SmallFile {
    return readSmallFile(this.#at(name), { ...options, followLink: false });
  }

  /** @throws when the name is taken. */
  makeFolder(name: string): void {
    mkdirSync(this.#at(name));
  }

  /** Opens a folder, and creates it when nothing has that name. */
  ensureFolder(name: string): OpenedFolder {
    try {
      this.makeFolder(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    return this.openFolder(name);
  }

  /** @returns false when the name is taken. */
  tryLink(name: string, target: string): boolean {
    try {
      symlinkSync(target, this.#at(name));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      return false;
    }
  }

  /** A link of that name is replaced, at one moment. */
  makeLink(name: string, target: string): void {
    this.#makeFresh(name, (fresh) => symlinkSync(target, fresh));
  }

  /** Whole at every moment; beside it, its {@link freshName} for a moment. A file or link of that name is replaced. */
  writeFile(name: string, text: string): void {
    this.#makeFresh(name, (fresh) => writeFileSync(fresh, text, { flag: "wx" }));
  }

  #makeFresh(name: string, make: (fresh: string) => void): void {
    const fresh = this.#at(freshName(name));
    // A killed writer may have left this name, or another program may have put a link there.
    if (this.lstat(freshName(name)) !== undefined) unlinkSync(fresh);
    make(fresh);
    renameSync(fresh, this.#at(name));
  }

  /** Removes a file or a link. */
  remove(name: string): void {
    unlinkSync(this.#at(name));
  }

  /** @returns whether there is no folder of that name any more. */
  removeIfEmpty(name: string): boolean {
    try {
      rmdirSync(this.#at(name));
      return true;
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return true;
      if (code === "ENOTEMPTY" || code === "EEXIST") return false;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #at(name: string): string {
    if (name === "" || name === "." || name === ".." || name.includes("/")) {
      throw new Error(`"${name}" is not the name of an entry`);
    }
    return join(this.#base, name);
  }
}

/** What a file is called while it is written. */
export function freshName(name: string): string {
  return `.${name}.sandboot`;
}
