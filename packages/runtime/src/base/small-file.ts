import { readSmallFile } from "@sandboot/stager/small-file";
import { Failed, systemFailure } from "./failed.ts";

export {
  type OpenedFile,
  openFile,
  readSmallFile,
  type SmallFile,
} from "@sandboot/stager/small-file";

/**
 * Reads a file that has to be read when it is there.
 *
 * @param options.maxBytes - Default: 1 MiB.
 * @returns null when there is none.
 * @throws Failed `unfit-file` when something else is there, or it is too large; `system-error` when it cannot be read.
 */
export function readText(
  path: string,
  options: { readonly maxBytes?: number } = {},
): string | null {
  try {
    const file = readSmallFile(path, options);
    if (file.id === "unfit") throw new Failed({ code: "unfit-file", path, why: file.why });
    return file.id === "text" ? file.text : null;
  } catch (error) {
    throw systemFailure(error, path);
  }
}
