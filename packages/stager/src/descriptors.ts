import { closeSync, openSync } from "node:fs";

/**
 * What clearing away takes: a folder or a file at a time, in a thread that may have to be started for it. Even to list a
 * folder takes a descriptor, so who runs out of them cannot tidy up, unless some were set aside.
 */
const SET_ASIDE = 8;

/** File descriptors that nobody else can take meanwhile. */
export interface SpareDescriptors extends Disposable {
  /** Gives them back: the work has failed, and clearing away needs them. */
  release(): void;
}

/**
 * Sets a few file descriptors aside.
 *
 * @param path - What they are for, for the message.
 * @throws EMFILE (ENFILE) with the path when there are too few: before anything is begun.
 */
export function spareDescriptors(path: string): SpareDescriptors {
  const taken: number[] = [];
  const release = () => {
    for (const descriptor of taken.splice(0)) closeSync(descriptor);
  };
  try {
    while (taken.length < SET_ASIDE) taken.push(openSync("/dev/null", "r"));
  } catch (error) {
    // A root without /dev/null has none set aside, and is no reason not to work.
    if (!isOutOfDescriptors(error)) return { release, [Symbol.dispose]: release };
    release();
    const { code } = error as NodeJS.ErrnoException;
    const refusal = new Error(`${code}: too many open files to begin with '${path}'`);
    throw sayLimit(Object.assign(refusal, { code, syscall: "open", path }));
  }
  return { release, [Symbol.dispose]: release };
}

/** Whether an error is of the process (EMFILE) or the machine (ENFILE) having too many files open: it says nothing of the file. */
export function isOutOfDescriptors(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EMFILE" || code === "ENFILE";
}

/** Adds to such an error how many may be open, and leaves others as they are. @returns the error. */
export function sayLimit(error: unknown): unknown {
  if (!(error instanceof Error) || !isOutOfDescriptors(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const limit = code === "ENFILE" ? " (fs.file-max of this machine)" : ` (${ofThisProcess()})`;
  if (!error.message.endsWith(limit)) error.message += limit;
  return error;
}

/** Asked of node and not of /proc: to read that takes a descriptor. */
function ofThisProcess(): string {
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } };
  };
  return `this process may have ${userLimits?.open_files?.soft ?? "no more"} open: ulimit -n`;
}
