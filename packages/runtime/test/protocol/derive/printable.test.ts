import { describe, expect, it } from "vitest";
import { printable, printableLines } from "../../../src/protocol/derive/printable.ts";
import { isQuick } from "../../support/is-quick.ts";

describe("printable", () => {
  it.each([
    ["colours", "\u001b[31mred\u001b[0m", "red"],
    ["a cursor that moves", "a\u001b[2J\u001b[10;5Hb", "ab"],
    ["a link (OSC 8)", "\u001b]8;;http://evil\u0007click\u001b]8;;\u001b\\", "click"],
    ["the clipboard (OSC 52)", "a\u001b]52;c;ZXZpbA==\u0007b", "ab"],
    ["the same in eight bits", "a\u009d52;c;ZXZpbA==\u009cb\u009b2Jc", "abc"],
    ["a string that never ends", "a\u001b]52;c;ZXZp", "a ]52;c;ZXZp"],
    ["a device's answer (DCS)", "a\u001bP$q\u001b\\b", "ab"],
    ["single functions", "a\u001bcb\u001b(0c", "abc"],
    ["a bell, a backspace, a line", "a\u0007b\bc\r\nd", "a b c  d"],
    ["text that turns round", "main\u202egnp.exe", "main\\u202egnp.exe"],
    ["isolates", "a\u2066b\u2069", "a\\u2066b\\u2069"],
    ["zero width", "ma\u200bin\ufeff\u200d\u00ad", "ma\\u200bin\\ufeff\\u200d\\u00ad"],
    ["separators", "a\u2028b\u2029", "a\\u2028b\\u2029"],
    ["tags", "a\u{e0041}", "a\\udb40\\udc41"],
  ])("%s", (_, text, wanted) => {
    expect(printable(text)).toBe(wanted);
  });

  it.each([
    ["strings in eight bits", "\u0090"],
    ["strings in seven bits", "\u001b]"],
    ["parameters", "\u001b[1;"],
  ])("takes no longer for beginnings of %s than the line is long", (_, beginning) => {
    const line = beginning.repeat(32_000);
    expect(isQuick(() => printable(line))).toBe(true);
  });

  it("leaves text alone, and lines to printableLines", () => {
    const text = "Preis 12 €, 漢字, é, 🚀";
    expect(printable(text)).toBe(text);
    expect(printableLines("a\u0007\nb\u202e")).toBe("a \nb\\u202e");
  });
});
