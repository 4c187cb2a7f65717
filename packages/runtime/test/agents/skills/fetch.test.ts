import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { fetchSkills } from "../../../src/agents/skills/fetch.ts";
import { serve } from "../../support/serve.ts";
import { skill, skillsPage } from "../../support/skills.ts";

/** Answers one request after the other: a status, or a page. */
async function server(...answers: (number | string | object)[]) {
  const asked: { url: string | undefined; authorization: string | undefined }[] = [];
  const http = createServer(({ url, headers: { authorization } }, response) => {
    asked.push({ url, authorization });
    const answer = answers.shift() ?? 500;
    if (typeof answer === "number") response.writeHead(answer).end("no");
    else response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  const url = `http://127.0.0.1:${await serve(http)}/skills`;
  return { asked, fetched: fetchSkills({ url, token: "t" }, new AbortController().signal) };
}

describe("fetching skills", () => {
  it("asks for page after page, and again after a failure that may pass", async () => {
    const first = skillsPage([skill("one")], "a/b");
    const { asked, fetched } = await server(503, first, skillsPage([skill("two")]));
    expect((await fetched).map(({ name }) => name)).toEqual(["one", "two"]);
    const page = "/skills?limit=50";
    expect(asked.map(({ url }) => url)).toEqual([page, page, `${page}&cursor=a%2Fb`]);
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer t"]));
  });

  it("sends the user and password of its URL, and names neither them nor the query", async () => {
    const asked: (string | undefined)[] = [];
    const http = createServer(({ headers: { authorization } }, response) => {
      asked.push(authorization);
      response.writeHead(403).end();
    });
    const host = `127.0.0.1:${await serve(http)}`;
    const url = `http://me:p%40ss@${host}/skills?key=secret`;
    const fetched = fetchSkills({ url, token: null }, new AbortController().signal);
    await expect(fetched).rejects.toMatchObject({
      value: { code: "skills-not-fetched", url: `http://${host}/skills`, reason: "status 403" },
    });
    expect(asked).toEqual([`Basic ${Buffer.from("me:p@ss").toString("base64")}`]);
  });

  it.each([
    ["a refusal, at once", [401], /status 401/],
    ["a redirect, because the token is for one address", [302], /status 302/],
    ["what is no JSON, and does not show it", ["a secret page"], /^the answer is no JSON$/],
    ["what is no page", [{ enabled: false }], /schemaVersion/],
  ] as const)("fails with %s", async (_, answers, reason) => {
    const { asked, fetched } = await server(...answers);
    const error = await fetched.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ value: { code: "skills-not-fetched" } });
    expect(String((error as { value: { reason: string } }).value.reason)).toMatch(reason);
    expect(asked).toHaveLength(1);
  });
});
