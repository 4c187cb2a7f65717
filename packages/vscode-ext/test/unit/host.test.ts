import { describe, expect, it } from "vitest";
import { findPlaces } from "../../src/host/places.ts";
import { parseStat, readUsage } from "../../src/host/usage.ts";

const places = (options: Partial<Parameters<typeof findPlaces>[0]>) =>
  findPlaces({
    socketPath: "",
    url: "",
    env: {},
    folders: ["/repo"],
    home: "/home/ada",
    ...options,
  });

describe("findPlaces", () => {
  it("takes setting over environment over default", () => {
    const env = { SANDBOOT_SOCKET: "/run/b.sock", SANDBOOT_TOKEN: "s3cret" };
    expect(places({ url: "http://127.0.0.1:1", socketPath: "/a.sock", env })).toEqual({
      from: "setting",
      places: [{ id: "url", url: "http://127.0.0.1:1", token: "s3cret" }],
    });
    expect(places({ socketPath: "~/a.sock", env })).toEqual({
      from: "setting",
      places: [{ id: "socket", socketPath: "/home/ada/a.sock" }],
    });
    expect(places({ env })).toEqual({
      from: "env",
      places: [{ id: "socket", socketPath: "/run/b.sock" }],
    });
    expect(places({})).toEqual({
      from: "default",
      places: [
        { id: "socket", socketPath: "/repo/.sandboot/state/runtime.sock" },
        { id: "socket", socketPath: "/home/ada/.sandboot/state/runtime.sock" },
      ],
    });
  });
});

describe("usage", () => {
  it("reads a process whose name has spaces and parentheses", () => {
    const fields = Array.from({ length: 50 }, (_, n) => String(n + 4));
    const sample = parseStat(`77 (tmux: server) (x) S ${fields.join(" ")}`);
    expect(sample).toEqual({ pid: 77, parent: 4, cpuMs: 290, startMs: 220, residentBytes: 98_304 });
  });

  it("sees this very process, and none that does not exist", async () => {
    const usage = await readUsage(process.pid);
    expect(usage?.residentBytes).toBeGreaterThan(1_000_000);
    expect(await readUsage(2 ** 30)).toBeNull();
  });
});
