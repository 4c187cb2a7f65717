/** A path for one line of a terminal. Control characters are escaped: they could move the cursor or begin a new line. */
export function printable(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is for control characters
  return path.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    const escaped = JSON.stringify(character).slice(1, -1);
    if (escaped !== character) return escaped;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
