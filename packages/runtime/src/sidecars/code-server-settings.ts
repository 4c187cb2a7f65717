import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { ParseError } from "jsonc-parser";
import type { Warn } from "./sidecar.ts";

/** What a sandbox's editor is like unless the person wants it otherwise: nothing that asks, calls home or greets. */
export const QUIET_SETTINGS = {
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "security.workspace.trust.enabled": false,
} as const;

/**
 * Adds settings that the person has not made to the person's `settings.json`; what is there stays as it is, comments and
 * all. Into the person's file, because most of these are read from nowhere else (they are of application scope).
 */
export async function addSettings(
  path: string,
  settings: Readonly<Record<string, unknown>>,
  warn: Warn,
): Promise<void> {
  const before = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  // Only here: on the way to `agent.spawn` nobody needs it.
  const { applyEdits, modify, parse } = await import("jsonc-parser");
  const errors: ParseError[] = [];
  const found: unknown =
    before.trim() === "" ? {} : parse(before, errors, { allowTrailingComma: true });
  if (errors.length > 0 || typeof found !== "object" || found === null || Array.isArray(found)) {
    warn({ code: "settings-unreadable", path });
    return;
  }
  const missing = Object.entries(settings).filter(([key]) => !(key in found));
  if (missing.length === 0) return;
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: "\n" };
  let text = before.trim() === "" ? "{}\n" : before;
  // Before the others: what follows the last one may be a comment about it.
  for (const [key, value] of missing.toReversed()) {
    const options = { formattingOptions, getInsertionIndex: () => 0 };
    text = applyEdits(text, modify(text, [key], value, options));
  }
  await mkdir(dirname(path), { recursive: true });
  const making = `${path}.${randomUUID()}`;
  await writeFile(making, text);
  await rename(making, path);
}
