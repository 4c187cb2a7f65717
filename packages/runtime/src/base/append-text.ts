import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

/**
 * Appends to a file that somebody else may have replaced: neither waits at a named pipe nor follows a link.
 *
 * @returns false when something else than a regular file is there.
 * @throws the system's error.
 */
export function appendText(path: string, text: string, mode = 0o666): boolean {
  const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode);
  try {
    if (!fstatSync(file).isFile()) return false;
    writeSync(file, text);
    return true;
  } finally {
    closeSync(file);
  }
}
