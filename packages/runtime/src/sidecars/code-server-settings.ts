import { dirname } from "node:path";
import type { ParseError } from "jsonc-parser";
import { makeFolder } from "../base/folder.ts";
import { readSmallFile, replaceFile } from "../base/text-file.ts";
import type { Warn } from "./sidecar.ts";

/** Default settings: an editor that asks no questions, sends no telemetry and shows no welcome page. */
export const DEFAULT_SETTINGS = {
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
 * Adds settings to the user's `settings.json`. Settings that are already there stay, and so do comments. It must be the
 * user's file, because most of these settings have application scope, and VS Code reads those only there.
 */
export async function addSettings(
  path: string,
  settings: Readonly<Record<string, unknown>>,
  warn: Warn,
): Promise<void> {
  const file = readSmallFile(path);
  if (file.id === "unfit") {
    warn({ code: "settings-unreadable", path });
    return;
  }
  const before = file.id === "text" ? file.text : "";
  // Loaded here, so that it does not delay `agent.spawn`.
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
  // At the beginning, because a comment about the last setting may follow it.
  for (const [key, value] of missing.toReversed()) {
    const options = { formattingOptions, getInsertionIndex: () => 0 };
    text = applyEdits(text, modify(text, [key], value, options));
  }
  makeFolder(dirname(path));
  await replaceFile(path, text);
}
