import { Failed } from "../base/failed.ts";
import type { ReportProblem } from "../base/failure.ts";
import { type SystemError, systemErrorOf } from "../base/system-error.ts";
import { readSmallFile, type SmallFile } from "../base/text-file.ts";
import type { BootReport } from "../protocol/index.ts";
import { bootReportSchema } from "../protocol/report.ts";
import { SCHEMA_VERSION } from "../protocol/version.ts";

/** A report of a boot with a thousand lines of output has some hundred kilobytes. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Reads a boot report from a file.
 *
 * @throws Failed `report-unreadable` with what was found instead.
 */
export async function readReport(path: string): Promise<BootReport> {
  const text = textOf(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (text.trim() === "") throw unreadable(path, { problem: "empty" });
    throw unreadable(path, { problem: "not-json", error: (error as Error).message });
  }
  const version = versionOf(value);
  if (version !== undefined && version !== SCHEMA_VERSION) {
    throw unreadable(path, { problem: "other-version", version });
  }
  const parsed = bootReportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = issue?.path.join(".") ?? "";
  const error = issue?.message.replace(/^Invalid input: /, "") ?? "wrong";
  throw unreadable(path, { problem: "other-json", key, error });
}

function textOf(path: string): string {
  let file: SmallFile;
  try {
    file = readSmallFile(path, { maxBytes: MOST_BYTES });
  } catch (error) {
    const cause = systemErrorOf(error, path);
    if (cause === null) throw error;
    throw unreadable(path, { problem: "unreadable", cause });
  }
  switch (file.id) {
    case "text":
      return file.text;
    case "unfit":
      throw unreadable(path, { problem: "unfit", why: file.why });
    case "absent": {
      const cause: SystemError = { errno: "ENOENT", syscall: "open", path };
      throw unreadable(path, { problem: "unreadable", cause });
    }
    default:
      return file satisfies never;
  }
}

function unreadable(path: string, problem: ReportProblem): Failed {
  return new Failed({ code: "report-unreadable", path, schemaVersion: SCHEMA_VERSION, ...problem });
}

function versionOf(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null || !("schemaVersion" in value)) return undefined;
  return typeof value.schemaVersion === "number" ? value.schemaVersion : undefined;
}
