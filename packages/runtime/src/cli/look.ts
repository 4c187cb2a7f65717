import type { Look } from "../report/look.ts";

/** Columns of what is no terminal: a file, a CI log. */
const COLUMNS_ELSEWHERE = 100;

/** How a stream wants its text; asked anew for each picture, because a terminal may change its size. */
export function lookOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Look {
  return {
    columns: stream.isTTY ? stream.columns : COLUMNS_ELSEWHERE,
    // Node itself reads NO_COLOR, FORCE_COLOR and TERM. What is no terminal has no `isTTY` at all, and "undefined" would
    // leave it to the library, which paints wherever CI is set.
    colour: stream.isTTY === true && stream.hasColors(),
    unicode: showsUnicode(env),
  };
}

/**
 * Whether block characters and marks arrive. A locale that says nothing is taken for UTF-8: images rarely set one, and
 * the terminal is on another machine anyway.
 */
function showsUnicode(env: NodeJS.ProcessEnv): boolean {
  if (env["TERM"] === "linux" || env["TERM"] === "dumb") return false;
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return locale === "" || /utf-?8/i.test(locale);
}
