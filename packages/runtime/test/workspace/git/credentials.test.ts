import { describe, expect, it } from "vitest";
import { remoteAccess } from "../../../src/workspace/git/credentials.ts";

describe("remoteAccess", () => {
  it("moves user and password from the URL into a header for its origin", () => {
    const access = remoteAccess("https://x-token:p%40ss@git.example.org:8443/acme/web.git");
    expect(access.url).toBe("https://git.example.org:8443/acme/web.git");
    const authorization = `Basic ${Buffer.from("x-token:p@ss").toString("base64")}`;
    expect(access.authorization).toBe(authorization);
    expect(access.settings).toEqual([
      ["http.https://git.example.org:8443/.extraHeader", `Authorization: ${authorization}`],
      ["http.https://git.example.org:8443/.followRedirects", "false"],
    ]);
  });

  it("removes a password that ssh would have in its argv", () => {
    expect(remoteAccess("ssh://git:p%40ss@h:22/a.git").url).toBe("ssh://git@h:22/a.git");
  });

  it.each(["https://example.org/a.git", "git@example.org:a/b.git", "/srv/a.git", "ssh://git@h/a"])(
    "does not change %s",
    (url) => {
      expect(remoteAccess(url)).toEqual({ url, settings: [], authorization: null });
    },
  );
});
