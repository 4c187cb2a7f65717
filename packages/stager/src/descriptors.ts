import { closeSync, openSync } from "node:fs";

/**
 * Enough descriptors to clean up after a failure: one file or folder at a time, in a thread that may have to be started.
 * Without spare descriptors a process that has run out of them cannot clean up, because even listing a folder takes one.
 */
const SET_ASIDE = 8;

/** File descriptors that are kept in reserve. */
export interface SpareDescriptors extends Disposable {
  /** Frees them, so that the clean-up after a failure can use them. */
  release(): void;
}

/**
 * Reserves a few file descriptors.
 *
 * @param path - The stage or target they are for, for the message.
 * @throws EMFILE or ENFILE with the path when there are too few, before any work has begun.
 */
export function spareDescriptors(path: string): SpareDescriptors {
  const taken: number[] = [];
  const release = () => {
    for (const descriptor of taken.splice(0)) closeSync(descriptor);
  };
  try {
    while (taken.length < SET_ASIDE) taken.push(openSync("/dev/null", "r"));
  } catch (error) {
    // Without /dev/null there is no reserve, but the work may go on.
    if (!isOutOfDescriptors(error)) return { release, [Symbol.dispose]: release };
    release();
    const { code } = error as NodeJS.ErrnoException;
    const refusal = new Error(`${code}: too many open files to start work on '${path}'`);
    throw sayLimit(Object.assign(refusal, { code, syscall: "open", path }));
  }
  return { release, [Symbol.dispose]: release };
}

/** Whether too many files are open, in the process (EMFILE) or the machine (ENFILE). Such an error is not about the file. */
export function isOutOfDescriptors(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EMFILE" || code === "ENFILE";
}

/** Adds the limit to an error about too many open files. @returns the error. */
export function sayLimit(error: unknown): unknown {
  if (!(error instanceof Error) || !isOutOfDescriptors(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const limit = code === "ENFILE" ? " (fs.file-max of this machine)" : ` (${ofThisProcess()})`;
  if (!error.message.endsWith(limit)) error.message += limit;
  return error;
}

/** From Node and not from /proc, because reading a file takes a descriptor. */
function ofThisProcess(): string {
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } };
  };
  return `this process may have ${userLimits?.open_files?.soft ?? "no more"} open: ulimit -n`;
}
