import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { tool } from "@opencode-ai/plugin";

const MAX_BUFFER_BYTES = 64 * 1024 * 1024;
const MAX_LINES = 200;

/** Counts the files below every folder, down to `depth`. */
function countByFolder(files, depth) {
  const counts = new Map();
  for (const file of files) {
    const folders = file.split("/").slice(0, -1).slice(0, depth);
    for (let level = 1; level <= folders.length; level += 1) {
      const folder = folders.slice(0, level).join("/");
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

export default tool({
  description:
    "Maps the repository: its folders with the number of tracked files below each, and the files at the top. " +
    "One cheap call instead of many directory listings; ignored and generated files are left out.",
  args: {
    folder: tool.schema.string().optional().describe("Map only this folder, relative to the root"),
    depth: tool.schema
      .number()
      .int()
      .min(1)
      .max(6)
      .default(2)
      .describe("Levels of folders to show"),
  },
  async execute({ folder = "", depth }, context) {
    const under = folder.replace(/^\.?\/|\/$/g, "");
    const { stdout } = await promisify(execFile)(
      "git",
      ["ls-files", "-z", "--", under === "" ? "." : `:(top)${under}`],
      { cwd: context.worktree, maxBuffer: MAX_BUFFER_BYTES, signal: context.abort },
    );
    const prefix = under === "" ? "" : `${under}/`;
    const files = stdout
      .split("\0")
      .filter((file) => file.startsWith(prefix) && file !== "")
      .map((file) => file.slice(prefix.length));
    if (files.length === 0) return `No tracked file below ${under === "" ? "the root" : under}.`;

    const folders = countByFolder(files, depth).map(([name, count]) => {
      const level = name.split("/").length - 1;
      return `${"  ".repeat(level)}${name.split("/").at(-1)}/ ${count}`;
    });
    const top = files.filter((file) => !file.includes("/"));
    const lines = [...folders, ...top];
    const shown = lines.slice(0, MAX_LINES);
    const rest = lines.length - shown.length;
    return {
      title: `${files.length} files`,
      output: [
        `${files.length} tracked files in ${prefix || "./"}`,
        ...shown,
        ...(rest > 0 ? [`… and ${rest} more lines; ask for a folder or less depth`] : []),
      ].join("\n"),
    };
  },
});
