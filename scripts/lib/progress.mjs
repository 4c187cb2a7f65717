// One line a step, with its time: a spinner while it runs in a terminal, the plain line once it ended anywhere.

import { stripVTControlCharacters } from "node:util";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_INTERVAL_MS = 100;
const CLEAR_LINE = "\r\u001B[K";

const color = process.stdout.hasColors?.() ?? false;
const paint = (code, text) => (color ? `\u001B[${code}m${text}\u001B[0m` : text);
export const green = (text) => paint(32, text);
export const red = (text) => paint(31, text);
const yellow = (text) => paint(33, text);
export const dim = (text) => paint(2, text);
export const bold = (text) => paint(1, text);

/** @param {number} durationMs */
export function seconds(durationMs) {
  return `${(durationMs / 1000).toFixed(1)} s`;
}

/** What a step says of itself when nothing had to be done. */
export const ALREADY_THERE = Symbol("already there");

/** A step that may fail without ending the run throws this: the line says why, and the run goes on. */
export class Unavailable extends Error {}

/**
 * Runs `work` and prints its one line. `work` may call `note(how)` to say how it goes about it, and returns
 * {@link ALREADY_THERE} when it found everything in place.
 *
 * @template T
 * @param {string} title
 * @param {(note: (how: string) => void) => Promise<T>} work
 * @returns {Promise<T | undefined>} what `work` returned; undefined when it threw {@link Unavailable}
 * @throws whatever else `work` throws, after the line that marks the step as failed
 */
export async function step(title, work) {
  const startedAt = performance.now();
  let how = "";
  const label = () => (how === "" ? title : `${title} (${how})`);
  const elapsed = () => seconds(performance.now() - startedAt);
  const spinner = spin(() => `${label()} ${dim(elapsed())}`);
  const end = (line) => {
    spinner.stop();
    process.stdout.write(`${line}\n`);
  };
  try {
    const result = await work((text) => {
      how = text;
    });
    end(
      result === ALREADY_THERE
        ? `${green("✓")} ${title} ${dim("already there")}`
        : `${green("✓")} ${label()} ${dim(elapsed())}`,
    );
    return result;
  } catch (error) {
    if (error instanceof Unavailable) {
      end(`${yellow("–")} ${title}: ${error.message} ${dim(elapsed())}`);
      return undefined;
    }
    end(`${red("✗")} ${label()} ${dim(elapsed())}`);
    throw error;
  }
}

/** What the steps say that run now, in the one line that the terminal has for them. @type {Set<() => string>} */
const spinning = new Set();
/** @type {NodeJS.Timeout | undefined} */
let timer;

/** @param {() => string} text */
function spin(text) {
  if (!process.stdout.isTTY) return { stop() {} };
  let frame = 0;
  const draw = () => {
    const texts = stripVTControlCharacters([...spinning].map((each) => each()).join(", "));
    const line = `${FRAMES[frame++ % FRAMES.length]} ${texts}`.slice(0, process.stdout.columns - 1);
    process.stdout.write(`${CLEAR_LINE}${line}`);
  };
  spinning.add(text);
  draw();
  timer ??= setInterval(draw, FRAME_INTERVAL_MS);
  return {
    stop() {
      spinning.delete(text);
      if (spinning.size === 0) {
        clearInterval(timer);
        timer = undefined;
      }
      process.stdout.write(CLEAR_LINE);
    },
  };
}
