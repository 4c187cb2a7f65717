import { describe, expect, it } from "vitest";
import { Gate } from "../support/gate.ts";
import { Sandbox, type SandboxOptions } from "../support/sandbox.ts";

/** Starts a boot whose start.sh waits until the test opens a gate. */
async function gatedBoot(options: SandboxOptions = {}) {
  const gate = await Gate.create();
  const sandbox = await Sandbox.create({
    files: { ".openinspect/start.sh": gate.wait },
    ...options,
  });
  const boot = await sandbox.boot();
  await boot.until("phase.started", ({ id }) => id === "hook.start:demo");
  return { sandbox, boot, gate };
}

describe("C3: the bridge starts last; a prompt that arrives before is held or refused, never lost, never early", () => {
  it("C3: early requests are held, and forwarded after ready in the order of their arrival", async () => {
    const { sandbox, boot, gate } = await gatedBoot();
    const answered: string[] = [];
    const titles = ["first", "second", "third"];
    const early = titles.map(async (title) => {
      // The request names no workspace, so the bridge adds the header for the only one.
      const answer = await sandbox.ask("/session", { method: "POST", body: { title } });
      answered.push(title);
      return answer;
    });
    await boot.until("phase.ended", ({ id }) => id === "agent.listening");
    expect(answered).toEqual([]);

    await gate.open();
    const answers = await Promise.all(early);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const bridge = await boot.until("phase.ended", ({ id }) => id === "bridge");
    expect(bridge.detail).toMatchObject({ heldUntilNow: 3 });

    // OpenCode's ids decrease with time, even within a millisecond. So they show the order of the requests.
    const sessions: { title: string; id: string }[] = JSON.parse(
      (await sandbox.askAgent("/session")).body,
    );
    const ours = sessions.filter(({ title }) => titles.includes(title));
    expect(ours.toSorted((a, b) => (a.id < b.id ? 1 : -1)).map(({ title }) => title)).toEqual(
      titles,
    );

    const order = ["hook.start:demo", "agent.session", "bridge", "ready"];
    const ends = order.map((id) => boot.position("phase.ended", (event) => event.id === id));
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
    boot.signal("SIGTERM");
    expect((await boot.ended()).exitCode).toBe(0);
  });

  it("C3: requests over the limit are refused at once, with Retry-After and the state of the boot", async () => {
    const { sandbox, boot, gate } = await gatedBoot({
      agentKind: "fixture",
      bridge: { maxHeld: 1 },
    });
    const held = sandbox.ask("/global/health");
    const refused = await Promise.race([
      // The first of the two to arrive is held; the other is refused.
      sandbox.ask("/global/health"),
      held.then(() => null),
    ]);
    const answer = refused ?? (await held);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(JSON.parse(answer.body).error).toMatchObject({
      code: "not-ready",
      hint: expect.stringContaining("hook.start:demo"),
    });
    await gate.open();
    await boot.until("boot.ready");
    expect((await sandbox.ask("/global/health")).status).toBe(200);
    boot.signal("SIGTERM");
    await boot.ended();
  });

  it("C3: requests without the token are neither held nor forwarded", async () => {
    const { sandbox, boot, gate } = await gatedBoot({
      agentKind: "fixture",
      bridge: { token: "open sesame" },
    });
    expect((await sandbox.ask("/global/health")).status).toBe(401);
    const held = sandbox.ask("/global/health", {
      headers: { authorization: "Bearer open sesame" },
    });
    await gate.open();
    expect((await held).status).toBe(200);
    const wrong = { authorization: "Bearer open sesamE" };
    expect((await sandbox.ask("/global/health", { headers: wrong })).status).toBe(401);
    boot.signal("SIGTERM");
    const { stderr } = await boot.ended();
    expect(JSON.stringify(boot.events) + stderr).not.toContain("open sesame");
  });
});
