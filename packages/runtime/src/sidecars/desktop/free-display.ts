import { rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { displaySocket } from "./services.ts";

const MOST_TRIES = 100;

type ReadText = (path: string) => string | null;

export interface ClaimedDisplay {
  readonly display: number;
  release(): Promise<void>;
}

/**
 * Finds the first display that no X server has, and removes what a killed one has left of it: its lock may name a
 * pid that is another program's by now. No other sandboot takes the display until it is released.
 *
 * @returns Null when there is none.
 */
export async function claimDisplay(readText: ReadText, first = 1): Promise<ClaimedDisplay | null> {
  for (let display = first; display < first + MOST_TRIES; display += 1) {
    const claim = await claimed(display);
    if (claim === null) continue;
    if (!(await isTaken(display, readText)) && (await isCleared(display)))
      return { display, ...claim };
    await claim.release();
  }
  return null;
}

/** A name in the kernel: it goes with its process, however that ends. */
async function claimed(display: number): Promise<Pick<ClaimedDisplay, "release"> | null> {
  const server = createServer();
  const isOurs = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen({ path: `\0sandboot-display-${display}` }, () => resolve(true));
  });
  if (!isOurs) return null;
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** An X server listens at a path, and under the same name in the kernel, which containers of one network share. */
async function isTaken(display: number, readText: ReadText): Promise<boolean> {
  const path = displaySocket(display);
  const answers = await Promise.all([path, `\0${path}`].map(accepts));
  return answers.includes(true) || isStarting(display, readText);
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    // `on` and not `once`: a destroyed socket may still emit an error.
    socket.on("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** An X server locks its display before it listens. */
function isStarting(display: number, readText: ReadText): boolean {
  // Another user's may not be readable.
  const textOf = (path: string) => {
    try {
      return readText(path) ?? "";
    } catch {
      return "";
    }
  };
  const pid = /^\s*(\d+)\s*$/.exec(textOf(lockOf(display)))?.[1];
  return pid !== undefined && textOf(`/proc/${pid}/comm`).startsWith("X");
}

/** @returns Whether nothing of another user's is left there. */
async function isCleared(display: number): Promise<boolean> {
  try {
    await Promise.all(
      [lockOf(display), displaySocket(display)].map((path) => rm(path, { force: true })),
    );
    return true;
  } catch {
    return false;
  }
}

function lockOf(display: number): string {
  return `/tmp/.X${display}-lock`;
}
