import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { git, Origin } from "../support/git.ts";
import { Sandbox } from "../support/sandbox.ts";

/** A tool that imports the agent's own package, which only the stage contains. */
const tool = (name: string) => `import { tool } from "@opencode-ai/plugin";
export default tool({
  description: "A tool of ${name}",
  args: {},
  async execute() { return "${name}" },
});
`;

const command = (text: string) => `---\ndescription: ${text}\n---\n${text}\n`;

/** A hook that ends only when the other hook runs, too. So both must run at the same time. */
const meet = (own: string, other: string) =>
  `touch .started; while [ ! -e ../${other}/.started ]; do sleep 0.02; done; echo ${own} is up\n`;

describe("several repositories", () => {
  it("are synced at once and run their own hooks; the agent works in the folder above, with the config of each", async () => {
    const sandbox = await Sandbox.create({
      files: {
        ".opencode/tool/from_shop.js": tool("shop"),
        ".opencode/command/hello.md": command("Hello from shop"),
        ".openinspect/start.sh": meet("shop", "web"),
        ".gitignore": ".started\n",
      },
      config: { mode: "fresh" },
      checkout: false,
    });
    const web = await Origin.create(join(sandbox.folder, "web-origin"), {
      ".opencode/tool/from_web.js": tool("web"),
      ".opencode/command/hello.md": command("Hello from web"),
      ".openinspect/start.sh": meet("web", "shop"),
      ".gitignore": ".started\n",
    });
    Object.assign(sandbox.config, {
      repositories: [
        { name: "shop", url: sandbox.origin.path },
        { name: "web", url: web.path },
      ],
    });
    const boot = await sandbox.boot();
    await boot.until("boot.ready");

    const at = (type: "phase.started" | "phase.ended", id: string) =>
      boot.position(type, (event) => event.id === id);
    for (const kind of ["workspace.sync", "hook.start"]) {
      const started = Math.max(
        at("phase.started", `${kind}:shop`),
        at("phase.started", `${kind}:web`),
      );
      const ended = Math.min(at("phase.ended", `${kind}:shop`), at("phase.ended", `${kind}:web`));
      expect(started).toBeLessThan(ended);
    }
    // C2, for every repository.
    for (const hook of ["hook.start:shop", "hook.start:web"]) {
      expect(at("phase.started", "workspace.assemble")).toBeGreaterThan(at("phase.ended", hook));
    }
    expect(at("phase.started", "agent.session")).toBeGreaterThan(
      at("phase.ended", "workspace.assemble"),
    );

    const workspace = join(sandbox.folder, "workspace");
    const headers = { "x-opencode-directory": encodeURIComponent(workspace) };
    const ask = async (path: string) =>
      JSON.parse((await sandbox.askAgent(path, { headers })).body);
    expect(await ask("/experimental/tool/ids")).toEqual(
      expect.arrayContaining(["from_shop", "from_web", "repo_map"]),
    );
    expect(await ask("/command")).toContainEqual(
      expect.objectContaining({ name: "hello", description: "Hello from web" }),
    );
    for (const name of ["shop", "web"]) {
      expect(await git(join(workspace, name), "status", "--porcelain")).toBe("");
    }
    expect(await readdir(sandbox.home)).not.toContain(".npm");
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
    const report = await boot.report();
    expect(report.warnings).toEqual([
      {
        phase: "workspace.assemble",
        code: "config-overridden",
        message: expect.stringContaining("command/hello.md: web comes after shop"),
      },
    ]);
  });
});
