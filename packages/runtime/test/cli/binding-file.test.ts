import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readBindingFile } from "../../src/cli/binding-file.ts";
import { scratchFolder } from "../support/scratch.ts";

async function written(text: string): Promise<string> {
  const file = join(await scratchFolder(), "binding.json");
  await writeFile(file, text);
  return file;
}

it("reads the document of a binding", async () => {
  const file = await written('{ "id": "claim-7" }');
  expect(await readBindingFile(file)).toEqual({ id: "claim-7" });
});

it.each([
  ["is not JSON", '{ "tokens": secret', /JSON/],
  ["is nested too deep to be sent", `{"session":${"[".repeat(9_000)}${"]".repeat(9_000)}}`, /deep/],
])("refuses a document that %s, without its text", async (_, text, expected) => {
  const refused = readBindingFile(await written(text));
  await expect(refused).rejects.toMatchObject({
    value: { code: "bad-input", problems: [{ expected: expect.stringMatching(expected) }] },
  });
  await expect(refused).rejects.not.toThrow("secret");
});

it("reads stdin, and no more of it than the runtime takes", async () => {
  async function* stdin(...texts: readonly string[]) {
    for (const text of texts) yield Buffer.from(text);
  }
  expect(await readBindingFile("-", stdin('{ "id": ', '"claim-7" }'))).toEqual({ id: "claim-7" });
  async function* endless() {
    for (;;) yield Buffer.alloc(64 * 1024, " ");
  }
  await expect(readBindingFile("-", endless())).rejects.toMatchObject({
    value: { problems: [{ key: "--binding", expected: "at most 1048576 bytes" }] },
  });
});
