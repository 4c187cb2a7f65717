import { promisify } from "node:util";
import { inflateRaw } from "node:zlib";

export interface ZipEntry {
  /** With `/`, never absolute and never with `..`. */
  readonly name: string;
  /** Permission bits, or null when the archive was not made on Unix. */
  readonly mode: number | null;
  content(): Promise<Buffer>;
}

/** The archive is not one, or not one that we read; the message says why. */
export class ZipError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ZipError";
  }
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const STORED = 0;
const DEFLATED = 8;

const inflate = promisify(inflateRaw);

/**
 * The files of a zip archive, as the VS Code extension format (VSIX) uses them: stored or deflated, not encrypted, not
 * Zip64. Field offsets are those of APPNOTE.TXT 4.3.12 and 4.3.16.
 *
 * @throws ZipError
 */
export function readZip(archive: Buffer): ZipEntry[] {
  const end = findEnd(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffffffff) throw new ZipError("Zip64 archives are not read");
  const entries: ZipEntry[] = [];
  for (let read = 0; read < count; read++) {
    if (at + 46 > archive.length || archive.readUInt32LE(at) !== CENTRAL) {
      throw new ZipError("its table of files is damaged");
    }
    const nameBytes = archive.readUInt16LE(at + 28);
    const name = archive.toString("utf8", at + 46, at + 46 + nameBytes);
    if (!isInside(name)) throw new ZipError(`it has a file outside of itself: ${name}`);
    if (!name.endsWith("/")) entries.push(entryAt(archive, at, name));
    at += 46 + nameBytes + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

function findEnd(archive: Buffer): number {
  const first = Math.max(0, archive.length - END_BYTES - LONGEST_COMMENT);
  for (let at = archive.length - END_BYTES; at >= first; at--) {
    if (archive.readUInt32LE(at) === END) return at;
  }
  throw new ZipError("it is no zip archive, or only a part of one");
}

function entryAt(archive: Buffer, at: number, name: string): ZipEntry {
  const method = archive.readUInt16LE(at + 10);
  if ((archive.readUInt16LE(at + 8) & 1) !== 0) throw new ZipError(`${name} is encrypted`);
  if (method !== STORED && method !== DEFLATED) {
    throw new ZipError(`${name} is packed by method ${method}, which is not read`);
  }
  const packedBytes = archive.readUInt32LE(at + 20);
  const bytes = archive.readUInt32LE(at + 24);
  const local = archive.readUInt32LE(at + 42);
  const UNIX = 3;
  const madeOn = archive.readUInt8(at + 5);
  return {
    name,
    mode: madeOn === UNIX ? (archive.readUInt32LE(at + 38) >>> 16) & 0o777 : null,
    content: async () => {
      // The local header's extra field has a length of its own.
      const start =
        local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const packed = archive.subarray(start, start + packedBytes);
      const content =
        method === STORED ? packed : await inflate(packed, { maxOutputLength: Math.max(1, bytes) });
      if (content.length !== bytes) throw new ZipError(`${name} is damaged`);
      return content;
    },
  };
}

function isInside(name: string): boolean {
  return (
    !name.startsWith("/") && !name.includes("\\") && !name.split("/").some((part) => part === "..")
  );
}
