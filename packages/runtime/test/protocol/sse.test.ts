import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SseParser } from "../../src/protocol/client/sse.ts";

describe("SseParser", () => {
  it("reads the same messages, wherever the chunks end", () => {
    const stream = ': hello\n\nid: 7\ndata: {"a":1}\n\nevent: state\r\ndata: x\r\ndata: y\r\n\r\n';
    const expected = [
      { id: "7", event: "message", data: '{"a":1}' },
      { id: "7", event: "state", data: "x\ny" },
    ];
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length })), (cuts) => {
        const messages: unknown[] = [];
        const parser = new SseParser();
        const ends = [...cuts.sort((a, b) => a - b), stream.length];
        let from = 0;
        for (const to of ends) {
          messages.push(...parser.push(stream.slice(from, to)));
          from = to;
        }
        expect(messages).toEqual(expected);
      }),
    );
  });
});
