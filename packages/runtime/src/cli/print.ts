/**
 * Writes to stdout, at the speed of whoever reads it.
 *
 * @returns Whether somebody reads on: one who has had enough (`sandboot events | head`) is no error.
 */
export async function print(text: string): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const { stdout } = process;
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") resolve(false);
      else reject(error);
    };
    stdout.once("error", onError);
    stdout.write(text, (error) => {
      // When it failed for the first time, the event is still to come and must find its listener.
      if (error != null && !stdout.destroyed) return;
      stdout.off("error", onError);
      resolve(error == null);
    });
  });
}
