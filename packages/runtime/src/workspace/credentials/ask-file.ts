import { causeOf } from "../../base/failed.ts";
import { readSmallFile } from "../../base/text-file.ts";
import { type Found, none } from "./credential.ts";
import { readAnswer } from "./read-answer.ts";

const MOST_BYTES = 64 * 1024;

/** Reads the file anew each time: somebody replaces it before the credential expires. */
export function askFile(path: string, username: string): Found {
  try {
    const file = readSmallFile(path, { maxBytes: MOST_BYTES });
    switch (file.id) {
      case "text":
        return readAnswer(file.text, username);
      case "absent":
        return none({ problem: "absent" });
      case "unfit":
        return none({ problem: "unusable", what: file.why });
      default:
        return file satisfies never;
    }
  } catch (error) {
    return none({ problem: "unreachable", cause: causeOf(error, path) });
  }
}
