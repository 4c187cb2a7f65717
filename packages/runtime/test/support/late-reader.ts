import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Target } from "./http.ts";

export interface LateReaderOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly bytes: number;
  /** Sends the body in chunks, without its length. */
  readonly chunked?: boolean;
}

/**
 * Sends a whole request before it reads the first byte of the answer, as Python's `http.client` does.
 *
 * @returns All that came until the server closed the connection.
 * @throws the system's error when the connection was reset.
 */
export async function readLate(
  target: Target,
  path: string,
  { headers = {}, bytes, chunked = false }: LateReaderOptions,
): Promise<string> {
  const socket = typeof target === "string" ? connect(target) : connect(target, "127.0.0.1");
  const length = chunked ? "transfer-encoding: chunked" : `content-length: ${bytes}`;
  const others = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`POST ${path} HTTP/1.1`, "host: x", length, ...others, "\r\n"].join("\r\n");
  const body = "x".repeat(bytes);
  const sent = chunked ? `${bytes.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body;
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.write(`${head}${sent}`, (error) => (error ? reject(error) : resolve()));
  });
  return await text(socket);
}
