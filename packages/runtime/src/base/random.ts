import { closeSync, openSync, readSync } from "node:fs";

/**
 * Random bytes of the kernel, for what others must not take for another sandbox's. Those of Node come from a state in its
 * memory, so that all clones of a memory snapshot would get the same ones.
 */
export function randomBytes(count: number): Buffer {
  const bytes = Buffer.alloc(count);
  const source = openSync("/dev/urandom", "r");
  try {
    readSync(source, bytes);
    return bytes;
  } finally {
    closeSync(source);
  }
}

/** A random UUID: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-4 */
export function randomId(): string {
  const bytes = randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** At least 0, below 1. For jitter. */
export function randomFraction(): number {
  return randomBytes(4).readUInt32BE() / 2 ** 32;
}

/** Bytes of a password that nobody has to type. */
const PASSWORD_BYTES = 24;

export function randomPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString("base64url");
}
