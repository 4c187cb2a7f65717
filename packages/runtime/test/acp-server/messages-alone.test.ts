import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { messagesAlone } from "../../src/acp-server/messages-alone.ts";

async function sorted(chunks: readonly (string | Buffer)[]) {
  const told: string[] = [];
  const from = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  const passed = await text(from.pipe(messagesAlone((line) => told.push(line))));
  return { passed, told };
}

it("lets messages pass and tells other lines, wherever the output is cut", async () => {
  const output = Buffer.from('Log in first: ☃\n{"id":1}\n  {"id":2}\r\n\nnot json');
  const expected = {
    passed: '{"id":1}\n  {"id":2}\r\n\n',
    told: ["Log in first: ☃", "not json"],
  };
  for (let at = 0; at <= output.length; at++) {
    expect(await sorted([output.subarray(0, at), output.subarray(at)])).toEqual(expected);
  }
});

it("keeps no more than the beginning of a line that is no message", async () => {
  const { told, passed } = await sorted(["x".repeat(900), "x".repeat(900), "\n{}\n"]);
  expect(told).toEqual(["x".repeat(1_000)]);
  expect(passed).toBe("{}\n");
});
