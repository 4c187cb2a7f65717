import { describe, expect, it } from "vitest";
import { isTraced, replyToGit } from "../../src/cli/git-credential.ts";
import { RequestFailed, RuntimeUnreachable } from "../../src/protocol/client/wire.ts";
import type { GitCredentialRequest } from "../../src/protocol/git-credential.ts";

const CREDENTIAL = {
  username: "x-access-token",
  password: "t0ken-of-git",
  expiresAt: "2030-01-02T03:04:05.678Z",
};

async function reply(action: string, text: string | AsyncIterable<string>, explains = false) {
  const asked: GitCredentialRequest[] = [];
  const stdin = typeof text === "string" ? once(text) : text;
  const answer = await replyToGit({
    ...{ action, stdin, explains, place: "/a.sock" },
    ask: async (request) => {
      asked.push(request);
      return request.host === "git.example.org"
        ? { credential: CREDENTIAL }
        : { credential: null, reason: "it is another host" };
    },
  });
  return { ...answer, asked };
}

async function* once(text: string) {
  yield text;
}

describe("sandboot git-credential", () => {
  it("answers git, whatever else git says", async () => {
    const { stdout, asked } = await reply(
      "get",
      "capability[]=authtype\nprotocol=https\nhost=git.example.org\npath=acme/web.git\nwwwauth[]=Basic\nnew=x\n\n",
    );
    expect(stdout).toBe(
      "username=x-access-token\npassword=t0ken-of-git\npassword_expiry_utc=1893553445\n\n",
    );
    expect(asked).toEqual([{ action: "get", protocol: "https", host: "git.example.org" }]);
  });

  it("does not wait for the end of its input", async () => {
    async function* open() {
      yield "protocol=https\nhost=git.exam";
      yield "ple.org\n\n";
      await new Promise(() => {});
    }
    expect((await reply("get", open())).stdout).toContain("password=");
  });

  it("passes a rejected password on, and nothing for what git keeps by itself", async () => {
    const text = "protocol=https\nhost=git.example.org\nusername=u\npassword=old\n\n";
    const { asked } = await reply("erase", text);
    expect(asked).toEqual([
      {
        action: "erase",
        protocol: "https",
        host: "git.example.org",
        username: "u",
        password: "old",
      },
    ]);
    for (const action of ["store", "capability", "a later one"]) {
      expect(await reply(action, text)).toEqual({ stdout: "", stderr: "", asked: [] });
    }
  });

  it("is silent where it has nothing, and says why when it is asked to", async () => {
    const elsewhere = "protocol=https\nhost=elsewhere.example\n\n";
    expect(await reply("get", elsewhere)).toMatchObject({ stdout: "", stderr: "" });
    const { stdout, stderr } = await reply("get", elsewhere, true);
    expect([stdout, stderr]).toEqual(["", "sandboot git-credential: it is another host\n"]);
    for (const text of ["", "\n", "protocol=https\n\n", "host\n\n", "x".repeat(70_000)]) {
      expect(await reply("get", text)).toEqual({ stdout: "", stderr: "", asked: [] });
    }
  });

  it("tells what failed, and lets git go on", async () => {
    const endpoint = { id: "socket", socketPath: "/a.sock" } as const;
    const failing = (error: Error) =>
      replyToGit({
        action: "get",
        stdin: once("protocol=https\nhost=h\n\n"),
        place: "/a.sock",
        explains: false,
        ask: () => Promise.reject(error),
      });
    expect(await failing(new RuntimeUnreachable(endpoint, "no such socket"))).toEqual({
      stdout: "",
      stderr: "sandboot git-credential: no runtime answers at /a.sock: no such socket\n",
    });
    const failure = { code: "no-credential", message: "there is no credential for h: …" };
    expect((await failing(new RequestFailed(502, failure))).stderr).toContain("for h: …");
    await expect(failing(new Error("a fault of ours"))).rejects.toThrow("a fault of ours");
  });

  it.each([
    [undefined, false],
    ["", false],
    ["0", false],
    ["false", false],
    ["1", true],
    ["/tmp/trace", true],
  ])("takes GIT_TRACE=%s for %s", (value, traced) => {
    expect(isTraced(value === undefined ? {} : { GIT_TRACE: value })).toBe(traced);
  });
});
