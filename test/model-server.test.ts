import { describe, expect, it } from "vitest";
import { ANSWER, startModelServer } from "./support/model-server/model-server.ts";

describe("the stand-in for a model", () => {
  it("streams its words as chat completions, and remembers who asked for what", async () => {
    await using server = await startModelServer();
    const answer = await ask(server.url, "/v1/chat/completions", { model: "m", stream: true });
    const chunks = answer.split("\n\n").filter((line) => line.startsWith("data: {"));
    const words = chunks.map((line) => JSON.parse(line.slice(6)).choices[0].delta.content ?? "");
    expect(words.join("")).toBe(ANSWER.join(""));
    expect(answer.endsWith("data: [DONE]\n\n")).toBe(true);
    expect(server.requests).toMatchObject([
      { method: "POST", path: "/v1/chat/completions", body: { model: "m", stream: true } },
    ]);
  });

  it("answers whole when no stream was asked for", async () => {
    await using server = await startModelServer({ words: ["Yes", "."] });
    const answer = JSON.parse(await ask(server.url, "/v1/chat/completions", { model: "m" }));
    expect(answer).toMatchObject({ model: "m", choices: [{ message: { content: "Yes." } }] });
  });

  it("answers 404 to what is in no format that it knows", async () => {
    await using server = await startModelServer();
    const response = await fetch(`${server.url}/v1/nothing`);
    expect(response.status).toBe(404);
  });

  it("holds an answer until it is let go", async () => {
    const held = Promise.withResolvers<void>();
    await using server = await startModelServer({ before: () => held.promise });
    const answer = ask(server.url, "/v1/chat/completions", { model: "m" });
    held.resolve();
    expect(await answer).toContain(ANSWER.join(""));
  });
});

async function ask(url: string, path: string, body: object): Promise<string> {
  const response = await fetch(url + path, { method: "POST", body: JSON.stringify(body) });
  return await response.text();
}
