import { readFile } from "node:fs/promises";
import type { BootReport } from "../protocol/index.ts";
import { bootReportSchema } from "../protocol/report.ts";
import { SCHEMA_VERSION } from "../protocol/version.ts";

/** A file is not a boot report. Bad input: exit code 2. */
export class ReportUnreadable extends Error {
  readonly path: string;
  readonly found: string;

  constructor(path: string, found: string) {
    super(
      `${path}: expected a boot report (JSON of schema version ${SCHEMA_VERSION}), found ${found}`,
    );
    this.name = "ReportUnreadable";
    this.path = path;
    this.found = found;
  }
}

/**
 * Reads a boot report from a file.
 *
 * @throws {@link ReportUnreadable} with what was found instead.
 */
export async function readReport(path: string): Promise<BootReport> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ReportUnreadable(
      path,
      code === "ENOENT" ? "no such file" : `${code} when reading it`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const what =
      text.trim() === "" ? "an empty file" : `text that is no JSON (${(error as Error).message})`;
    throw new ReportUnreadable(path, what);
  }
  const version = versionOf(value);
  if (version !== undefined && version !== SCHEMA_VERSION)
    throw new ReportUnreadable(path, `schema version ${version}`);
  const parsed = bootReportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = issue?.path.join(".") ?? "";
  throw new ReportUnreadable(
    path,
    `JSON that is no report (${key === "" ? "" : `${key}: `}${issue?.message ?? "wrong"})`,
  );
}

function versionOf(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null || !("schemaVersion" in value)) return undefined;
  return typeof value.schemaVersion === "number" ? value.schemaVersion : undefined;
}
