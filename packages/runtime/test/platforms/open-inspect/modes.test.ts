import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { OpenInspectControlPlane } from "../../fixtures/open-inspect/control-plane.ts";
import { git } from "../../support/git.ts";
import { bootOpenInspect as boot, hook } from "../../support/open-inspect.ts";

const TUNNELS = ".tunnels.env";

describe("an Open-Inspect sandbox that does not begin afresh", () => {
  it("snapshot_restore: what the snapshot brought of another sandbox is gone, its tunnels are waited for, a sync that fails is a warning", async () => {
    const {
      plane,
      boot: running,
      files,
      heard,
    } = await boot({
      web: {
        ...hook("setup", "touch ../was-set-up"),
        ...hook("start", `cat "$SANDBOOT_OPEN_INSPECT_FILES/${TUNNELS}" > ../tunnels`),
      },
      env: { RESTORED_FROM_SNAPSHOT: "true", EXPECTED_TUNNEL_PORTS: "3000" },
      prepare: async ({ checkout, origin, files: folder }) => {
        await mkdir(dirname(checkout), { recursive: true });
        await git(folder, "clone", "--quiet", origin, checkout);
        await git(checkout, "remote", "set-url", "origin", "https://git.example.org/acme/web.git");
        await rename(origin, `${origin}.gone`);
        await writeFile(
          join(folder, TUNNELS),
          "TUNNEL_SANDBOX_ID=another\nTUNNEL_3000=https://old\n",
        );
        await writeFile(
          join(folder, "oi-boot-warnings.jsonl"),
          '{"scope":"setup","message":"old"}\n',
        );
      },
    });
    await running.until(
      "phase.detail",
      ({ id, detail }) => id === "wait.tunnels" && detail["waitingFor"] !== undefined,
    );
    await expect(readFile(join(files, TUNNELS))).rejects.toThrow("ENOENT");
    expect(plane.heard).toEqual([]);
    // As the provider does: a file that is whole.
    const fresh = "TUNNEL_SANDBOX_ID=sb-1\nTUNNEL_3000=https://new\n";
    await writeFile(join(files, "fresh"), fresh);
    await rename(join(files, "fresh"), join(files, TUNNELS));
    const ready = await heard("ready");
    const workspace = dirname((ready["repositories"] as { path: string }[])[0]?.path ?? "");
    expect(await readFile(join(workspace, "tunnels"), "utf8")).toBe(fresh);
    await expect(readFile(join(workspace, "was-set-up"))).rejects.toThrow("ENOENT");
    // Its session began at another commit than the one that lies there.
    expect(ready["repositories"]).toEqual([
      expect.not.objectContaining({ baseSha: expect.anything() }),
    ]);
    expect(await heard("warning")).toMatchObject({ scope: "sync", repoName: "web" });
    plane.shutDown();
    expect((await running.ended()).exitCode).toBe(0);
    expect(plane.types).toEqual(["ready", "warning"]);
    expect(plane.posts).toEqual([]);
  });

  it("repo_image: no setup; tunnels that never come and a start that fails in the second repository are warnings", async () => {
    const {
      plane,
      sandbox,
      boot: running,
      heard,
    } = await boot({
      web: { ...hook("setup", "touch ../was-set-up"), ...hook("start", "touch ../web-is-up") },
      api: hook("start", "echo no database; exit 9"),
      env: {
        FROM_REPO_IMAGE: "true",
        EXPECTED_TUNNEL_PORTS: "3000",
        TUNNEL_WAIT_TIMEOUT_SECONDS: "0.05",
      },
    });
    await heard("ready");
    const workspace = join(sandbox.folder, "workspace");
    await readFile(join(workspace, "web-is-up"));
    await expect(readFile(join(workspace, "was-set-up"))).rejects.toThrow("ENOENT");
    expect(await heard("warning")).toMatchObject({
      scope: "wait.tunnels",
      message: expect.stringContaining("TUNNEL_3000"),
    });
    expect(await heard("warning", 2)).toMatchObject({ scope: "start", repoName: "api" });
    plane.shutDown();
    expect((await running.ended()).exitCode).toBe(0);
    expect(plane.types).toEqual(["ready", "warning", "warning"]);
    expect(plane.posts).toEqual([]);
  });

  it("build: half a callback is bad input, and nothing is built", async () => {
    const plane = await OpenInspectControlPlane.start();
    const { OI_REPO_IMAGE_BUILD_ID: _, ...env } = plane.buildEnv();
    const { boot: running, sandbox } = await boot({
      plane,
      web: hook("setup", "touch ../built"),
      env,
    });
    const { exitCode, stderr } = await running.ended();
    expect(exitCode).toBe(2);
    expect(stderr).toContain("OI_REPO_IMAGE_BUILD_ID");
    expect(plane.heard).toEqual([]);
    await expect(rm(join(sandbox.folder, "workspace/built"))).rejects.toThrow("ENOENT");
  });
});
