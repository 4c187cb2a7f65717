import type { IncomingMessage } from "node:http";

const { ServerResponse } = process.getBuiltinModule("node:http");

/** How much of a body is read after the answer, and for how long (milliseconds), before the connection is closed. */
export const AFTER_ANSWER = { bytes: 64 * 1024 * 1024, ms: 10_000 };

/** A longer body is worth a new connection, so the client is told to stop sending it. */
const SMALL_BODY_BYTES = 64 * 1024;

/**
 * An answer that may be given before the request's body has come. Closing a connection whose input is unread makes the
 * kernel reset it (RFC 2525 §2.17). The client then gets `ECONNRESET` or `EPIPE` and never sees why it was refused. So the
 * answer is sent at once, with `Connection: close` when much is still to come. What the client still sends is read and
 * thrown away, within {@link AFTER_ANSWER}, and only then the answer ends (RFC 9112 §9.6).
 *
 * A client sees the end of the answer by its `Content-Length`, so answers that do not read the body should have one.
 */
export class PatientResponse<
  Incoming extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Incoming> {
  #ends = false;

  /** Whether all of the answer has been sent, or it is sent and only the rest of the request is awaited. */
  get isAnswered(): boolean {
    return this.#ends || this.writableFinished;
  }

  override end(...args: unknown[]): this {
    if (this.#ends) return this;
    const end = super.end.bind(this) as (...args: unknown[]) => this;
    if (!isStillToCome(this.req)) return end(...args);
    this.#ends = true;
    const { socket } = this;
    const last = bytesIn(args);
    if (!this.headersSent) {
      if (bytesToCome(this.req) > SMALL_BODY_BYTES) this.setHeader("connection", "close");
      if (!this.hasHeader("content-length")) this.setHeader("content-length", last.length);
    }
    if (last.length > 0) this.write(last);
    else this.flushHeaders();
    void readAway(this.req).then((isComplete) => {
      if (!isComplete) this.once("finish", () => socket?.destroySoon());
      end(...args.filter((given) => typeof given === "function"));
    });
    return this;
  }
}

/** What the arguments of `end` write. */
function bytesIn([content, encoding]: readonly unknown[]): Uint8Array {
  if (typeof content === "string") return Buffer.from(content, encoding as BufferEncoding);
  return content instanceof Uint8Array ? content : Buffer.alloc(0);
}

/** Reads what is left of a body. @returns whether that was all of it. */
function readAway(incoming: IncomingMessage): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let left = AFTER_ANSWER.bytes;
  const timer = setTimeout(() => resolve(false), AFTER_ANSWER.ms);
  incoming.unpipe();
  incoming.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left >= 0) return;
    incoming.pause();
    resolve(false);
  });
  incoming.once("end", () => resolve(true));
  incoming.once("close", () => resolve(false));
  incoming.resume();
  return promise.finally(() => clearTimeout(timer));
}

function isStillToCome(incoming: IncomingMessage): boolean {
  return !incoming.complete && !incoming.destroyed && bytesToCome(incoming) > 0;
}

function bytesToCome({ headers }: IncomingMessage): number {
  if (headers["transfer-encoding"] !== undefined) return Number.POSITIVE_INFINITY;
  return Number(headers["content-length"] ?? 0);
}
