/**
 * Writes to stdout, at the speed of whoever reads it.
 *
 * @returns Whether somebody reads on: one who has had enough (`sandboot events | head`) is no error.
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
    stdout.write(text, (error) => {
      // After a failure the event is still to come, and must find its listener.
      if (error == null) stdout.off("error", settle);
      settle(error);
    });
  });
}
