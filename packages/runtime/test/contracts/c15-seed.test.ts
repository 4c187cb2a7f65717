import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ask } from "../support/http.ts";
import type { RunningSandboot } from "../support/sandboot.ts";
import type { Sandbox } from "../support/sandbox.ts";
import { freePort } from "../support/scratch.ts";
import { searchFiles, searchProcess } from "../support/search.ts";
import { adoptBy, createSeed } from "../support/seed.ts";

/** Where texts are: in processes of the sandbox, which `which` may leave out, and in its files. */
async function search(
  sandbox: Sandbox,
  texts: readonly string[],
  which: (pid: number) => boolean = () => true,
): Promise<string[]> {
  const found = await searchFiles(sandbox.folder, texts);
  for (const { pid } of sandbox.left().filter((row) => which(row.pid))) {
    const here = await searchProcess(pid, texts);
    found.push(...here.map((place) => `${pid} ${place}`));
  }
  return found;
}

async function end(boot: RunningSandboot): Promise<void> {
  boot.signal("SIGTERM");
  expect((await boot.ended()).exitCode).toBe(0);
}

describe("C15: a seed", () => {
  it("does not know the pool's token, when it has its digest", async () => {
    const token = "pool-token-in-clear";
    const port = await freePort();
    const sandbox = await createSeed({ config: { status: { port } } });
    const digest = createHash("sha256").update(token).digest("hex");
    const boot = await sandbox.boot({ env: { SANDBOOT_ENROLMENT_TOKEN: `sha256:${digest}` } });
    await boot.until("boot.seeded");
    // The runtime has the digest, which shows that the search finds what is there, and nobody else has.
    const places = await search(sandbox, [token, digest]);
    expect(places).toContainEqual(expect.stringContaining(`memory: ${digest}`));
    expect(places.filter((place) => !place.startsWith(`${boot.pid} `))).toEqual([]);
    expect(places.filter((place) => place.includes(token))).toEqual([]);
    const { status } = await adoptBy(port, { repositories: [{ url: sandbox.origin.path }] }, token);
    expect(status).toBe(200);
    await end(boot);
  });

  it("keeps nothing of a binding that is refused or fails", async () => {
    const secrets = ["key-in-the-env-7", "auth-of-tenant-7", "token-of-tenant-7", "hook-word-7"];
    const [key = "", auth = "", token = "", word = ""] = secrets;
    const sandbox = await createSeed({
      files: { ".openinspect/start.sh": 'echo "says $WORD_KEY$WORD"; test -z "$FAILS"\n' },
      agent: { env: { STAYS: "yes" } },
      config: {
        sidecars: [{ id: "mine", command: ["sleep", "1000"] }],
        controlPlane: { flushSeconds: 0.1 },
      },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const tenant = {
      sandboxId: "box-7",
      // It is down, so what it was to be told waits in a folder.
      controlPlane: { url: nobody },
      repositories: [{ url: sandbox.origin.path, name: "demo" }],
      env: { TENANT_KEY: key, WORD_KEY: word, FAILS: "yes" },
      agent: { env: { AGENT_SECRET: auth } },
      tokens: { bridge: token },
    };
    const invalid = await adoptBy(sandbox.socket, { ...tenant, colour: key });
    expect(invalid.status).toBe(400);
    const failed = await adoptBy(sandbox.socket, tenant);
    expect(failed).toMatchObject({ status: 422, error: { code: "hook-failed" } });
    // The redactor knew it before the hook could print it.
    expect(failed.error.outputTail).toContain("says [redacted]");
    const said = JSON.stringify([boot.events, invalid, failed]);
    for (const secret of secrets) expect(said).not.toContain(secret);

    const { agent } = await boot.until("agent.changed", (event) => event.agent.restarts.length > 1);
    await boot.until(
      "process.changed",
      ({ process: { id, status } }) =>
        id === "agent" && status.id === "running" && status.pid === agent.pid,
    );
    // The runtime's own memory holds what nothing refers to until it is collected.
    expect(await search(sandbox, secrets, (pid) => pid !== boot.pid)).toEqual([]);
    const environ = await readFile(`/proc/${boot.pid}/environ`, "utf8");
    for (const secret of secrets) expect(environ).not.toContain(secret);

    // It has forgotten the word: as a plain one of the next tenant it is shown.
    const { repositories, tokens } = tenant;
    const next = await adoptBy(sandbox.socket, { repositories, tokens, env: { WORD: word } });
    expect(next.status).toBe(200);
    await boot.until("phase.output", ({ line }) => line === `says ${word}`);
    const { env } = JSON.parse(
      (await sandbox.ask("/x", { headers: { authorization: `Bearer ${token}` } })).body,
    );
    expect(env).toMatchObject({ WORD: word, STAYS: "yes" });
    expect(env).not.toHaveProperty("TENANT_KEY");
    expect(env).not.toHaveProperty("AGENT_SECRET");
    await end(boot);
    expect(await searchFiles(join(sandbox.folder, "state"), [nobody])).toEqual([]);
    expect(await readdir(join(sandbox.folder, "state"))).not.toContain("outbox-1");
  });

  it("that is bound shows the tenant's secrets in no event, report, answer or command line", async () => {
    const secrets = ["key-of-the-tenant", "bridge-of-the-tenant", "password-of-the-url"];
    const sandbox = await createSeed({
      files: { ".openinspect/start.sh": 'echo "says $TENANT_KEY"; env >&2\n' },
    });
    const boot = await sandbox.boot();
    await boot.until("boot.seeded");
    const answer = await adoptBy(sandbox.socket, {
      repositories: [{ url: sandbox.origin.path, name: "demo" }],
      env: { TENANT_KEY: "key-of-the-tenant", DATABASE: "db://me:password-of-the-url@host/x" },
      tokens: { bridge: "bridge-of-the-tenant" },
    });
    expect(answer.status).toBe(200);
    const state = (await ask(sandbox.socket, "/v1/state")).body;
    const logs = (await ask(sandbox.socket, "/v1/processes/agent/logs")).body;
    for (const { pid } of sandbox.left()) {
      const cmdline = await readFile(`/proc/${pid}/cmdline`, "utf8");
      for (const secret of secrets) expect(cmdline).not.toContain(secret);
    }
    await end(boot);
    const said = JSON.stringify([boot.events, await boot.report(), answer]) + state + logs;
    for (const secret of secrets) expect(said).not.toContain(secret);
    expect(said).toContain("says [redacted]");
    expect(await searchFiles(join(sandbox.folder, "state"), secrets)).toEqual([]);
  });
});
