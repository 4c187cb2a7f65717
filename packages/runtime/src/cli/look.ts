import type { Look } from "../report/look.ts";

/** Columns where there is no terminal, in a file or a CI log, and where a terminal has not been told its size (0 × 0). */
const COLUMNS_ELSEWHERE = 100;

/** What a stream can show. Ask again for each picture, because a terminal can change its size. */
export function lookOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Look {
  return {
    columns: (stream.isTTY && stream.columns) || COLUMNS_ELSEWHERE,
    // Node itself reads NO_COLOR, FORCE_COLOR and TERM. A stream that is no terminal has no `isTTY`; for `undefined` the
    // library would decide, and it uses colours wherever CI is set.
    colour: stream.isTTY === true && stream.hasColors(),
    unicode: showsUnicode(env),
    links: stream.isTTY === true && showsLinks(env),
  };
}

/** Terminals that show links and say who they are. One that does not know links may print them as text. */
const WITH_LINKS: Readonly<Record<string, RegExp>> = {
  FORCE_HYPERLINK: /^[1-9]/,
  KONSOLE_VERSION: /^2\d{5}/,
  TERM: /^(?:alacritty|foot|xterm-ghostty|xterm-kitty)/,
  TERM_PROGRAM: /^(?:ghostty|Hyper|iTerm\.app|vscode|WezTerm)$/,
  // GNOME's, since 0.50.
  VTE_VERSION: /^[5-9]\d{3}/,
  WT_SESSION: /./,
};

function showsLinks(env: NodeJS.ProcessEnv): boolean {
  return Object.entries(WITH_LINKS).some(([name, pattern]) => pattern.test(env[name] ?? ""));
}

/**
 * Whether the terminal shows block characters and marks. Without a locale we assume UTF-8: images rarely set one, and the
 * terminal is on another machine anyway.
 */
function showsUnicode(env: NodeJS.ProcessEnv): boolean {
  if (env["TERM"] === "linux" || env["TERM"] === "dumb") return false;
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return locale === "" || /utf-?8/i.test(locale);
}
