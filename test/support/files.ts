import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Contents by path; with a mode for executable files. */
export type Files = Readonly<
  Record<string, string | { readonly text: string; readonly mode: number }>
>;

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    const { text, mode } = typeof content === "string" ? { text: content, mode: 0o644 } : content;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { mode });
  }
}
