import { connect } from "node:net";

/** Whether a process accepts connections on a Unix socket. */
export async function answersOn(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
