/** Writes to stdout. A reader that has had enough (`sandboot report | head`) is no error. */
export async function print(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") resolve();
      else reject(error);
    };
    process.stdout.once("error", onError);
    process.stdout.write(text, () => {
      process.stdout.off("error", onError);
      resolve();
    });
  });
}
