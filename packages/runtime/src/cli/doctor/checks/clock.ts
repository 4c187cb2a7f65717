import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "../check.ts";

/** A clock that goes wrong by less is nobody's problem. */
const TOLERANCE_MS = 60_000;

/** A clock that is behind the files it works with breaks certificates, tokens and every figure in a report. */
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
    const message = `it is ${iso} here, and sandboot's own files are from ${new Date(newest).toISOString()}`;
    return [
      {
        status: "fail",
        message,
        hint: "set the clock; after a restore from a snapshot the host has to",
      },
    ];
  },
};
