import { createCipheriv } from "node:crypto";
import { WebSocket } from "ws";

/** A colour as a picture of the screen has it: red, green, blue. */
type Pixel = readonly [number, number, number];

/**
 * A VNC client that speaks through a WebSocket, as noVNC does.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc6143
 */
export class VncClient {
  readonly #socket: WebSocket;
  #received = Buffer.alloc(0);
  #wake = () => {};
  #width = 0;
  #height = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      this.#received = Buffer.concat([this.#received, data]);
      this.#wake();
    });
    socket.on("close", () => this.#wake());
  }

  /** @throws when the door or the password is wrong. */
  static async connect(
    url: string,
    { password, headers }: { password: string; headers: Record<string, string> },
  ): Promise<VncClient> {
    const socket = new WebSocket(url, ["binary"], { headers });
    const client = new VncClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    await client.#greet(password);
    return client;
  }

  get size(): string {
    return `${this.#width}x${this.#height}`;
  }

  /** Resolves when the screen has this colour at a place. */
  async until(x: number, y: number, [red, green, blue]: Pixel): Promise<void> {
    for (;;) {
      const found = await this.#pixel(x, y);
      if (found[0] === red && found[1] === green && found[2] === blue) return;
    }
  }

  close(): void {
    this.#socket.terminate();
  }

  async #greet(password: string): Promise<void> {
    const version = await this.#take(12);
    this.#socket.send(version);
    const [count = 0] = await this.#take(1);
    const types = await this.#take(count);
    // Its password authentication.
    if (!types.includes(2)) throw new Error(`no password is asked for: ${[...types]}`);
    this.#socket.send(Buffer.of(2));
    this.#socket.send(answerTo(await this.#take(16), password));
    if ((await this.#take(4)).readUInt32BE() !== 0) throw new Error("the password is wrong");
    // Shared with others.
    this.#socket.send(Buffer.of(1));
    const server = await this.#take(24);
    [this.#width, this.#height] = [server.readUInt16BE(0), server.readUInt16BE(2)];
    await this.#take(server.readUInt32BE(20));
    // 32 bits a pixel, of which the highest are red; as they are, without compression.
    const format = [32, 24, 1, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0];
    this.#socket.send(Buffer.of(0, 0, 0, 0, ...format));
    this.#socket.send(Buffer.of(2, 0, 0, 1, 0, 0, 0, 0));
  }

  async #pixel(x: number, y: number): Promise<Pixel> {
    const place = [x >> 8, x & 255, y >> 8, y & 255];
    this.#socket.send(Buffer.of(3, 0, ...place, 0, 1, 0, 1));
    for (;;) {
      const [type = 0] = await this.#take(1);
      if (type === 0) break;
      // A bell has nothing more; the text of a clipboard has a length.
      if (type === 3) await this.#take((await this.#take(7)).readUInt32BE(3));
      else if (type !== 2) throw new Error(`an unknown message: ${type}`);
    }
    let pixel: Pixel = [-1, -1, -1];
    const rectangles = (await this.#take(3)).readUInt16BE(1);
    for (let index = 0; index < rectangles; index += 1) {
      const head = await this.#take(12);
      const data = await this.#take(head.readUInt16BE(4) * head.readUInt16BE(6) * 4);
      const [, red = 0, green = 0, blue = 0] = data;
      if (data.length > 0) pixel = [red, green, blue];
    }
    return pixel;
  }

  async #take(bytes: number): Promise<Buffer> {
    while (this.#received.length < bytes) {
      if (this.#socket.readyState !== WebSocket.OPEN) throw new Error("the connection has ended");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#received.subarray(0, bytes);
    this.#received = this.#received.subarray(bytes);
    return taken;
  }
}

/** DES, whose key is the password with the bits of each byte reversed. Three times the same key makes triple DES of it. */
function answerTo(challenge: Buffer, password: string): Buffer {
  const key = Buffer.alloc(8);
  key.write(password.slice(0, 8), "latin1");
  const reversed = key.map((byte) =>
    Number.parseInt(byte.toString(2).padStart(8, "0").split("").reverse().join(""), 2),
  );
  const cipher = createCipheriv(
    "des-ede3-ecb",
    Buffer.concat([reversed, reversed, reversed]),
    null,
  );
  return cipher.setAutoPadding(false).update(challenge);
}
