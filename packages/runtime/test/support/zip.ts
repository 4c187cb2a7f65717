import { crc32, deflateRawSync } from "node:zlib";

interface ZipOptions {
  /** 0 stored, 8 deflated, 9 Deflate64, which the reader does not support. */
  readonly method?: 0 | 8 | 9;
  /** Unix mode of every file: type and permissions. */
  readonly mode?: number;
}

/** Makes a zip archive. @param files - Texts by name. */
export function zipOf(
  files: Readonly<Record<string, string>>,
  { method = 8, mode = 0o100755 }: ZipOptions = {},
): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const packed = method === 0 ? content : deflateRawSync(content);
    const nameBytes = Buffer.from(name);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(20, 4);
    head.writeUInt16LE(method, 8);
    head.writeUInt32LE(crc32(content), 14);
    head.writeUInt32LE(packed.length, 18);
    head.writeUInt32LE(content.length, 22);
    head.writeUInt16LE(nameBytes.length, 26);
    // The local header has an extra field that the central directory does not have.
    head.writeUInt16LE(4, 28);
    const row = Buffer.alloc(46);
    row.writeUInt32LE(0x02014b50, 0);
    // Made on Unix.
    row.writeUInt16LE((3 << 8) | 20, 4);
    head.copy(row, 6, 4, 28);
    row.writeUInt16LE(nameBytes.length, 28);
    row.writeUInt16LE(0, 30);
    row.writeUInt32LE((mode << 16) >>> 0, 38);
    row.writeUInt32LE(offset, 42);
    const local = Buffer.concat([head, nameBytes, Buffer.alloc(4), packed]);
    locals.push(local);
    central.push(row, nameBytes);
    offset += local.length;
  }
  const table = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(table.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, table, end]);
}
