import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "../check.ts";

/** A smaller error of the clock does no harm. */
const TOLERANCE_MS = 60_000;

/** A clock that is behind breaks certificates, tokens and the times in reports. */
export const clock: Check = {
  id: "clock",
  run: async ({ config }) => {
    const files = [
      import.meta.filename,
      ...(config.stage === null ? [] : [join(config.stage.dir, "stage.json")]),
    ];
    const times = await Promise.all(
      files.map((file) =>
        stat(file).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      ),
    );
    const newest = Math.max(...times);
    const now = Date.now();
    const iso = new Date(now).toISOString();
    if (now >= newest - TOLERANCE_MS) return [{ status: "ok", message: iso }];
    const message = `the clock says ${iso}, but sandboot's own files are from ${new Date(newest).toISOString()}`;
    return [
      {
        status: "fail",
        message,
        hint: "set the clock; after a restore from a snapshot, the host must set it",
      },
    ];
  },
};
