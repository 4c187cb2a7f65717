import type { TreeFile } from "./walk.ts";

/**
 * Many files in a few values. Cloning 50,000 objects from one thread to another, and on to a third, would take more memory
 * and time than reading their folders again.
 */
export interface PackedFiles {
  /** Paths, each followed by NUL, which no path can contain. */
  readonly paths: string;
  readonly bytes: Float64Array;
  readonly mtimesMs: Float64Array;
  readonly modes: Uint16Array;
}

export function packFiles(files: readonly TreeFile[]): PackedFiles {
  return {
    paths: files.map(({ path }) => `${path}\0`).join(""),
    bytes: Float64Array.from(files, ({ bytes }) => bytes),
    mtimesMs: Float64Array.from(files, ({ mtimeMs }) => mtimeMs),
    modes: Uint16Array.from(files, ({ mode }) => mode),
  };
}

export function* unpackFiles(packed: PackedFiles): Generator<TreeFile> {
  const { paths, bytes, mtimesMs, modes } = packed;
  let from = 0;
  for (let index = 0; index < bytes.length; index++) {
    const end = paths.indexOf("\0", from);
    yield {
      path: paths.slice(from, end),
      type: "file",
      bytes: bytes[index] ?? 0,
      mtimeMs: mtimesMs[index] ?? 0,
      mode: modes[index] ?? 0,
    };
    from = end + 1;
  }
}
