import { shown } from "./terminal/shown.ts";

/**
 * Writes to stdout, as fast as it is read.
 *
 * @returns Whether the reader reads on. A reader that has left (`sandboot events | head`) is no error.
 */
export async function print(text: string): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const { stdout } = process;
    const settle = (error: NodeJS.ErrnoException | null | undefined) => {
      if (error == null) resolve(true);
      else if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") resolve(false);
      else reject(error);
    };
    stdout.once("error", settle);
    stdout.write(shown(text), (error) => {
      // After a failure the event follows, and must find its listener.
      if (error == null) stdout.off("error", settle);
      settle(error);
    });
  });
}
