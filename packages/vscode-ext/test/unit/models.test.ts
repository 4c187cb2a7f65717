import { type AgentReport, ITSELF, summarize } from "@sandboot/runtime/protocol";
import { describe, expect, it } from "vitest";
import { bootTree } from "../../src/model/boot-tree.ts";
import { comparisons } from "../../src/model/earlier.ts";
import { EditorsTree } from "../../src/model/editors-tree.ts";
import { levelOf } from "../../src/model/log-line.ts";
import { noticesOf } from "../../src/model/notices.ts";
import { processTooltip, processTree } from "../../src/model/process-tree.ts";
import { reportDocument } from "../../src/model/report-document.ts";
import { badge, statusBar } from "../../src/model/status-bar.ts";
import { inEnglish as t } from "../../src/model/translate.ts";
import { treeChanges } from "../../src/model/tree-changes.ts";
import type { TreeNode } from "../../src/model/tree-node.ts";
import { waterfall } from "../../src/model/waterfall.ts";
import {
  begin,
  end,
  process,
  type ScriptedEvent,
  untilAdopted,
  untilAdoptFails,
  untilAdoptSyncs,
  untilHookFails,
  untilHookRuns,
  untilInterrupted,
  untilReady,
} from "../fixtures/boot-script.ts";
import { live, STARTED_AT, stateAfter } from "../fixtures/snapshots.ts";

const booting = stateAfter(untilHookRuns(STARTED_AT));
const ready = stateAfter(untilHookRuns(STARTED_AT), untilReady());
const failed = stateAfter(untilHookRuns(STARTED_AT), untilHookFails());
const context = { t, nowMs: 1000 };
const everyNode = (nodes: readonly TreeNode[]): TreeNode[] =>
  nodes.flatMap((node) => [node, ...everyNode(node.children ?? [])]);
const find = (nodes: readonly TreeNode[], id: string) =>
  everyNode(nodes).find((node) => node.id === id);

describe("the critical chain", () => {
  const chains = (state: typeof ready) => ({
    tree: everyNode(bootTree(live(state), context))
      .filter(({ critical }) => critical)
      .map(({ subject }) => subject),
    waterfall: waterfall(live(state), context)
      ?.rows.filter(({ share }) => share !== null)
      .map(({ id }) => id)
      .filter((id) => id !== ITSELF),
    report: /◆ Critical chain: (.+)/
      .exec(reportDocument(live(state), t))?.[1]
      ?.split(" → ")
      .slice(1)
      .map((part) => idOf(state, part.replaceAll("\\", "").replace(/ \S+ %$/, ""))),
  });
  const idOf = ({ phases }: typeof ready, title: string) =>
    phases.find((phase) => phase.title === title)?.id;
  const onEverySurface = (chain: readonly string[]) => ({
    tree: chain,
    waterfall: chain,
    report: chain,
  });

  it("of a boot that a signal ended leads to what ended last, not to `ready`, which never ran", () => {
    const interrupted = stateAfter(untilHookRuns(STARTED_AT), untilInterrupted());
    expect(chains(interrupted)).toEqual(
      onEverySurface(["stage", "agent.spawn", "agent.listening"]),
    );
  });

  it("of an adopt that failed leads to the phase that failed", () => {
    const notAdopted = stateAfter(untilAdoptSyncs(STARTED_AT), untilAdoptFails());
    expect(chains(notAdopted)).toEqual(onEverySurface(["workspace.sync:shop"]));
  });
});

describe("the first answer", () => {
  it("stands beside ready, once it has come", () => {
    const told = (state: typeof ready) => [
      waterfall(live(state), context)?.subtitle,
      reportDocument(live(state), t).includes("First answer in | 620 ms"),
    ];
    const [before] = told(ready);
    const times = { askedMs: 1, headersMs: 1, firstByteMs: 2, endMs: 620 };
    const agent = agentReport({ firstAnswer: { kind: "answered", ...times } });
    expect(told({ ...ready, agent })).toEqual([`${before} · first answer in 620 ms`, true]);
    expect(told(ready)[1]).toBe(false);
  });
});

describe("agents", () => {
  const authentication = { message: "Authentication required", methods: [] };

  it("several are named in the waterfall, and a single one that is not in session", () => {
    const subtitle = (state: typeof ready) => waterfall(live(state), context)?.subtitle;
    const main = agentReport({ id: "main", name: "Claude Code" });
    const codex = agentReport({ id: "codex", name: "Codex", sessionMs: null, authentication });
    const before = subtitle(ready);
    expect(subtitle({ ...ready, agent: main, otherAgents: [codex] })).toBe(
      `${before} · main (Claude Code) in session · codex (Codex) needs authentication`,
    );
    const alone = agentReport({ name: "Codex", sessionMs: null, authentication });
    expect(subtitle({ ...ready, agent: alone })).toBe(`${before} · Codex needs authentication`);
    expect(subtitle({ ...ready, agent: agentReport({}) })).toBe(before);
  });

  it("the process of each that runs says how far it is", () => {
    const agents = ready.processes
      .filter(({ id }) => id === "agent")
      .flatMap((one) => [one, { ...one, id: "agent:codex" }]);
    const codex = agentReport({ id: "codex", sessionMs: null, authentication });
    const agent = agentReport({ id: "main" });
    const tree = processTree(live({ ...ready, agent, otherAgents: [codex], processes: agents }), t);
    expect(find(tree, "process:agent")?.description).toMatch(/ · pid \d+ · in session$/);
    expect(find(tree, "process:agent:codex")?.description).toMatch(/ · needs authentication$/);
  });
});

/** An agent in session. */
function agentReport(as: Partial<AgentReport>): AgentReport {
  const nothing = { version: null, url: null, pid: null, sessionId: null, catalogue: null };
  const times = { spawnedMs: 1, listeningMs: 2, sessionMs: 3, firstAnswer: null };
  return { name: "opencode", ...nothing, ...times, authentication: null, restarts: [], ...as };
}

describe("a seed that was adopted after an hour", () => {
  const adopted = stateAfter(untilAdoptSyncs(STARTED_AT), untilAdopted());

  it("is shown from the request on, as in the report of the terminal", () => {
    expect(statusBar(live(adopted), t)?.text).toBe("$(rocket) Sandbox ready 483 ms");
    const model = waterfall(live(adopted), { t, nowMs: 3_601_000 });
    expect(model).toMatchObject({ subtitle: "ready after 483 ms", readyMs: 483, nowMs: 1000 });
    expect(model?.rows.find(({ id }) => id === "agent.session")?.startMs).toBe(291);
    expect(model?.rows.map(({ id }) => id)).not.toContain("agent.spawn");
    expect(reportDocument(live(adopted), t)).toContain("Ready after | 483 ms");
  });

  it("says why an adopt has failed, although the seed waits on for another", () => {
    const failed = stateAfter(untilAdoptSyncs(STARTED_AT), untilAdoptFails());
    expect(waterfall(live(failed), { t, nowMs: 3_601_000 })).toMatchObject({
      subtitle: "git fetch ended with exit code 128",
      tone: "bad",
      focus: "workspace.sync:shop",
    });
  });

  it("has all of its phases in the tree; the time of a group is that of the adopt", () => {
    const tree = bootTree(live(adopted), { t, nowMs: 3_601_000 });
    expect(find(tree, "phase:agent.listening")?.description).toBe("1.80 s");
    expect(tree.map(({ label, description }) => `${label} ${description}`)).toEqual([
      "Agent 189 ms",
      "Repository shop 289 ms",
      "Bridge 2 ms",
    ]);
  });
});

describe("bootTree", () => {
  it("has the groups in the order in which they began", () => {
    const labels = bootTree(live(booting), context).map(({ label }) => label);
    expect(labels).toEqual(["Agent", "Repository shop", "Sidecars", "Bridge"]);
  });

  it("names a phase below its group in short, and in full to whom it is read", () => {
    const [, shop] = bootTree(live(booting), context);
    expect(shop?.children?.map(({ label }) => label)).toEqual(["Sync", "Run start.sh"]);
    expect(shop?.children?.map(({ spoken }) => spoken)).toEqual([
      expect.stringMatching(/^Sync shop, done/),
      expect.stringMatching(/^Run \.openinspect\/start\.sh of shop, running/),
    ]);
  });

  it("names a phase of a repository without the repository, whatever the preposition before it", () => {
    const named = (title: string) => {
      const id = "workspace.packages:shop";
      const phases = booting.phases.map((phase) =>
        phase.id === "workspace.sync:shop" ? { ...phase, id, title } : phase,
      );
      return find(bootTree(live({ ...booting, phases }), context), `phase:${id}`)?.label;
    };
    expect(named("Prepare the packages of .opencode in shop")).toBe(
      "Prepare the packages of .opencode",
    );
    expect(named("Sync shop")).toBe("Sync");
    expect(named("Open the workshop")).toBe("Open the workshop");
  });

  it("shows what runs with the time it has run, and what waits as waiting", () => {
    const tree = bootTree(live(booting), context);
    expect(find(tree, "phase:hook.start:shop")).toMatchObject({
      icon: { id: "loading~spin" },
      description: "689 ms…",
    });
    expect(find(tree, "phase:bridge")).toMatchObject({ description: "waiting" });
  });

  it("shows nothing as running when the connection is lost", () => {
    const connection = { id: "stale", place: "", reason: "gone", lostAtMs: 0 } as const;
    const tree = bootTree({ ...live(booting), connection }, { t, nowMs: 60_000 });
    expect(find(tree, "phase:hook.start:shop")).toMatchObject({
      icon: { id: "debug-disconnect" },
      description: "was running",
    });
    expect(everyNode(tree).filter(({ icon }) => icon?.id.endsWith("~spin"))).toEqual([]);
    expect(JSON.stringify(tree.map(({ description }) => description))).not.toContain("min");
  });

  it("tells details with their units, and no more of a hash than git shows", () => {
    const sha = "1b49227ca36b6930ac55239e12891fc5d8df3214";
    const detail = { lagMs: 24.006_358, copiedBytes: 63_214_000, sha, branch: "main" };
    const phases = ready.phases.map((phase) => ({ ...phase, detail }));
    const node = find(bootTree(live({ ...ready, phases }), context), "phase:workspace.sync:shop");
    const told = (node?.children ?? []).map(({ label, description }) => `${label} ${description}`);
    expect(told).toEqual(
      expect.arrayContaining(["lag 24 ms", "copied 63 MB", "sha 1b49227ca36b", "branch main"]),
    );
    expect(node?.children?.find(({ label }) => label === "sha")?.copy).toBe(sha);
  });

  it("keeps the end of a path that is longer than the line", () => {
    const message = "/home/dev/demo/workspace/shop/start.sh ended with exit code 3";
    const phases = failed.phases.map((phase) =>
      phase.failure ? { ...phase, failure: { code: "hook-failed", message } } : phase,
    );
    const node = find(bootTree(live({ ...failed, phases }), context), "hook.start:shop/failure");
    expect(node?.label).toBe("…/shop/start.sh ended with exit code 3");
    expect(node?.copy).toBe(message);
  });

  it("says what share each phase of the critical chain has", () => {
    const tree = bootTree(live(ready), context);
    expect(find(tree, "phase:agent.listening")?.description).toBe("1.80 s · 87 %");
    expect(find(tree, "phase:workspace.sync:shop")?.description).toBe("290 ms");
  });

  it("marks the critical chain when the boot has ended, not before", () => {
    const marked = (state: typeof ready) =>
      everyNode(bootTree(live(state), context)).filter(({ critical }) => critical).length;
    expect(marked(booting)).toBe(0);
    expect(marked(ready)).toBe(6);
  });

  it("opens a failed phase, with its message, its hint and the end of its output", () => {
    const node = find(bootTree(live(failed), context), "phase:hook.start:shop:failed");
    expect(node?.expanded).toBe(true);
    const labels = everyNode(node?.children ?? []).map(({ label }) => label);
    expect(labels).toContain(".openinspect/start.sh of shop ended with exit code 3");
    expect(labels).toContain("start.sh: cannot reach price service at 127.0.0.1:5999");
  });

  it("tells all that is known of a phase to whoever hovers it", () => {
    const phases = ready.phases.map((phase) =>
      phase.id === "hook.start:shop" ? { ...phase, warnings: ["it wrote to /tmp"] } : phase,
    );
    const tree = bootTree(live({ ...ready, phases }), context);
    const text = find(tree, "phase:hook.start:shop")?.tooltip ?? "";
    for (const part of [
      "**Run \\.openinspect/start\\.sh of shop** — done",
      "| Began   | 311 ms after the start |",
      "| Ended   | 1.38 s |",
      "| Took   | 1.07 s |",
      "| Needs   | `workspace.sync:shop` |",
      "| script   | \\.openinspect/start\\.sh |",
      "⚠ it wrote to /tmp",
    ]) {
      expect(text).toContain(part);
    }
    expect(find(tree, "phase:agent.session")?.tooltip).toContain("◆ 11 % of the critical chain");
  });

  it("counts a group as well when only a phase that may be cancelled was", () => {
    const agent = bootTree(live(ready), context)[0];
    expect(agent?.icon?.id).toBe("pass");
  });

  it("lists what staging did, and not more than a person can read", () => {
    const items = Array.from({ length: 500 }, (_, n) => ({
      path: `f${n}`,
      result: "copied" as const,
    }));
    const state = { ...ready, stage: { id: "x", source: "stage" as const, durationMs: 1, items } };
    const node = find(bootTree(live(state), context), "phase:stage");
    expect(node?.children).toHaveLength(202);
    expect(find(node?.children ?? [], "stage/more")?.label).toBe("… and 300 more");
    const linked = find(bootTree(live(ready), context), "stage/item/node_modules");
    expect(linked?.description).toBe("linked · 63 MB");
  });

  it("leads to files, scripts and commits", () => {
    const folders = { stage: "/home/dev/.config/opencode", "workspace.sync:shop": "/work/shop" };
    const script = "/work/shop/.openinspect/start.sh";
    const placed = (state: typeof ready) => ({
      ...state,
      phases: state.phases.map((phase) => {
        const folder = folders[phase.id as keyof typeof folders];
        return folder === undefined ? phase : { ...phase, detail: { ...phase.detail, folder } };
      }),
    });
    const tree = bootTree(live(placed(ready)), context);
    expect(find(tree, "stage/item/tool/repo_map.js")?.opens).toEqual({
      id: "file",
      path: "/home/dev/.config/opencode/tool/repo_map.js",
    });
    expect(find(tree, "stage/item/tool/slack_notify.js")?.opens).toBeUndefined();
    expect(find(tree, "workspace.sync:shop/detail/sha")?.opens).toEqual({
      id: "commit",
      folder: "/work/shop",
      sha: "b1946ac92492",
    });
    expect(find(tree, "workspace.sync:shop/detail/branch")?.opens).toBeUndefined();
    const broken = bootTree(live(failed), context);
    expect(find(broken, "hook.start:shop/failure")?.opens).toEqual({
      id: "file",
      path: "/workspace/shop/.openinspect/start.sh",
    });
    const phases = ready.phases.map((phase) => ({ ...phase, detail: { script } }));
    const hook = bootTree(live({ ...ready, phases }), context);
    expect(find(hook, "hook.start:shop/detail/script")?.opens).toEqual({
      id: "file",
      path: script,
    });
  });

  it("gives every line an id of its own", () => {
    const ids = everyNode(bootTree(live(failed), context)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("shows a status that it does not know as a question", () => {
    const phases = booting.phases.map((phase) => ({ ...phase, status: "levitating" as never }));
    const tree = bootTree(live({ ...booting, phases }), context);
    expect(find(tree, "phase:stage")?.icon?.id).toBe("question");
  });

  it("escapes what programs print", () => {
    const failure = { code: "x", message: "[click](command:evil) *now*" };
    const phases = failed.phases.map((phase) => (phase.failure ? { ...phase, failure } : phase));
    const node = find(
      bootTree(live({ ...failed, phases }), context),
      "phase:hook.start:shop:failed",
    );
    expect(node?.tooltip).toContain("\\[click\\]\\(command:evil\\)");
  });
});

describe("processTree", () => {
  const withTtyd = (status: Parameters<typeof process>[2], restarts = 0) =>
    stateAfter(untilHookRuns(STARTED_AT), untilReady(), [
      process(3000, "ttyd", status, { restarts, port: 7681 }),
    ]);
  const ttyd = (state: typeof ready) => find(processTree(live(state), t), "process:ttyd");

  it("says of each process what it is, where and how often it was restarted", () => {
    const running = { id: "running", pid: 99, sinceMs: 2, readyMs: 3, readyBy: "tcp" } as const;
    expect(ttyd(withTtyd(running, 2))?.description).toBe("running · :7681 · pid 99 · 2 restarts");
  });

  it("offers what can be done in each state", () => {
    expect(ttyd(ready)?.traits).toEqual(["process", "openable", "restartable", "stoppable"]);
    const failed = withTtyd({ id: "failed", sinceMs: 1, reason: "5 crashes in 60 s" });
    expect(ttyd(failed)?.traits).toEqual(["process", "startable"]);
    expect(ttyd(withTtyd({ id: "not-installed", command: "ttyd" }))?.traits).toEqual(["process"]);
  });

  it("tells of the bridge in the runtime's own process whether it lets prompts in", () => {
    const bridged = (bridge: typeof ready.bridge) => ({ ...ready, bridge });
    const node = (bridge: typeof ready.bridge) =>
      find(processTree(live(bridged(bridge)), t), "bridge");
    expect(node({ gate: "open", reason: null, held: 0 })?.description).toBe(
      "lets prompts in · :7680",
    );
    const holding = node({ gate: "holding", reason: "the agent is being started again", held: 2 });
    expect(holding).toMatchObject({
      description: "holds prompts · :7680 · 2 waiting",
      tooltip: "the agent is being started again",
    });
    expect(node(null)).toBeUndefined();
    const { bridge: _, ...older } = bridged(null);
    expect(processTree(live(older as typeof ready), t)).toHaveLength(ready.processes.length);
  });

  it("says how it crashed", () => {
    const crashed = withTtyd({ id: "crashed", sinceMs: 1, exitCode: null, signal: "SIGKILL" });
    expect(ttyd(crashed)?.description).toBe("killed by SIGKILL");
  });

  it("is marked as out of date when the connection is lost", () => {
    const snapshot = {
      ...live(ready),
      connection: { id: "stale", place: "", reason: "", lostAtMs: 0 } as const,
    };
    const line = find(processTree(snapshot, t), "process:ttyd");
    expect(line?.description).toContain("out of date");
    expect(line?.traits).toEqual(["process", "openable"]);
  });

  it("tells memory and CPU of the whole process tree to whoever hovers", () => {
    const [agent] = ready.processes;
    if (agent === undefined) throw new Error("no agent");
    const usage = { processes: 3, residentBytes: 412_000_000, cpuMs: 2300, cpuShare: 0.045 };
    const text = processTooltip(agent, usage, { t, nowMs: 9000 });
    expect(text).toContain("412 MB (3 processes)");
    expect(text).toContain("2.30 s · 4.5 % of a core");
  });
});

describe("treeChanges", () => {
  const line = (id: string, description = "", children?: TreeNode[]): TreeNode => ({
    id,
    label: id,
    description,
    icon: { id: "pass", tone: "good" },
    ...(children && { children }),
  });

  it("names the lines that say something else, and nothing where all is the same", () => {
    const before = [line("a"), line("b"), line("c", "", [line("c1"), line("c2")])];
    const after = [line("a"), line("b", "2 s"), line("c", "", [line("c1"), line("c2", "late")])];
    expect(treeChanges(before, structuredClone(before))).toEqual([]);
    expect(treeChanges(before, after)).toEqual(["b", "c2"]);
  });

  it("names a line whose children are others, or in another order, and none below it", () => {
    const before = [line("a", "", [line("a1"), line("a2")])];
    expect(treeChanges(before, [line("a", "", [line("a1", "new")])])).toEqual(["a"]);
    expect(treeChanges(before, [line("a", "", [line("a2"), line("a1")])])).toEqual(["a"]);
    expect(treeChanges(before, [line("a")])).toEqual(["a"]);
  });

  it("wants all looked at when the top lines are others, or in another order", () => {
    const before = [line("a"), line("b")];
    expect(treeChanges(before, [line("a")])).toBe("all");
    expect(treeChanges(before, [line("b"), line("a")])).toBe("all");
    expect(treeChanges([], before)).toBe("all");
  });

  it("of a process that stops tells that process alone", () => {
    const stopped = stateAfter(untilHookRuns(STARTED_AT), untilReady(), [
      process(3000, "ttyd", { id: "stopped", sinceMs: 3000 }),
    ]);
    const tree = (state: typeof ready) => processTree(live(state), t);
    expect(treeChanges(tree(ready), tree(stopped))).toEqual(["process:ttyd"]);
  });
});

describe("EditorsTree", () => {
  const line = (id: string, description = ""): TreeNode => ({ id, label: id, description });

  it("says that the top lines are others until the editor asks for them, whatever else changes", () => {
    const tree = new EditorsTree();
    expect(tree.becomes([line("a")])).toBeNull();
    tree.asked([]);
    expect(tree.becomes([line("a")])).toBe("all");
    expect(tree.becomes([line("a")])).toBe("all");
    expect(tree.becomes([line("a", "2 s")])).toBe("all");
    expect(tree.isOutdated).toBe(true);
    tree.asked([line("a", "2 s")]);
    expect(tree.isOutdated).toBe(false);
    expect(tree.becomes([line("a", "2 s")])).toBeNull();
    expect(tree.becomes([line("a", "3 s")])).toEqual(["a"]);
  });
});

describe("statusBar and badge", () => {
  it("say in what state the sandbox is", () => {
    expect(statusBar(live(ready), t)?.text).toBe("$(rocket) Sandbox ready 2.07 s");
    expect(statusBar(live(booting), t)?.text).toBe(
      "$(sync~spin) Sandbox: Run .openinspect/start.sh of shop",
    );
    expect(statusBar(live(failed), t)).toMatchObject({ severity: "error" });
    expect(badge(live(failed), t)?.count).toBe(1);
    expect(badge(live(ready), t)).toBeNull();
  });

  it("C16: count what keeps the sandbox from being ready, and nothing else", () => {
    const after = (...events: readonly ScriptedEvent[]) =>
      badge(live(stateAfter(untilHookRuns(STARTED_AT), untilReady(), events)), t);
    const backoff = { id: "backoff", sinceMs: 3000, retryAtMs: 3500, attempt: 1 } as const;
    expect(after(process(3000, "ttyd", backoff))).toEqual({
      count: 1,
      tooltip: "ttyd restarting",
    });
    const failure = { code: "x", message: "no" };
    // Its process runs by now, so that it is no fault any more.
    expect(after(end(3000, "sidecar.ttyd", 22, { status: "warned", failure }))).toBeNull();
  });

  it("C16: do not say ready of a sandbox that lost a part or refuses prompts", () => {
    const changed = (...events: readonly ScriptedEvent[]) =>
      statusBar(live(stateAfter(untilHookRuns(STARTED_AT), untilReady(), events)), t);
    const lost = { id: "failed", sinceMs: 3000, reason: "restarted 5 times" } as const;
    expect(changed(process(3000, "ttyd", lost))).toMatchObject({
      text: "$(warning) Sandbox degraded: ttyd failed",
      severity: "warning",
    });
    const shut = { gate: "refusing", reason: "the agent is stopped", held: 0 } as const;
    const refuses = { type: "bridge.changed", bridge: shut } as const;
    expect(changed({ ms: 3000, body: refuses })).toMatchObject({
      text: "$(error) Sandbox refuses prompts",
      tooltip: "bridge refuses prompts: the agent is stopped",
      severity: "error",
    });
  });

  it("say that the boot failed, also when the runtime is gone", () => {
    const connection = { id: "stale", place: "", reason: "gone", lostAtMs: 0 } as const;
    expect(statusBar({ ...live(failed), connection }, t)?.text).toBe(
      "$(error) Sandbox boot failed",
    );
    expect(statusBar({ ...live(ready), connection }, t)?.text).toContain("not connected");
    const stopped = { ...ready, status: "stopped" } as const;
    expect(statusBar({ ...live(stopped), connection }, t)?.text).toContain("Sandbox stopped");
  });

  it("are silent where there is no sandbox", () => {
    const snapshot = {
      connection: { id: "unreachable", attempts: [] },
      state: null,
      history: [],
    } as const;
    expect(statusBar(snapshot, t)).toBeNull();
  });
});

describe("a boot that failed and can be mended", () => {
  const recovering = stateAfter(untilHookRuns(STARTED_AT), untilHookFails(), [
    { ms: 910, body: { type: "recovery.started", phase: "hook.start:shop" } },
  ]);

  it("has a header that says what failed, with the last lines and what mends it", () => {
    const [header] = bootTree(live(recovering), { t, nowMs: 2000 });
    expect(header).toMatchObject({
      label: expect.stringContaining("exit code 3"),
      traits: ["recovery", "editable", "copyable"],
      children: expect.arrayContaining([
        expect.objectContaining({ label: expect.stringContaining("price service") }),
      ]),
    });
    expect(statusBar(live(recovering), t)?.text).toContain("mend and retry");
    expect(noticesOf(recovering, t)[0]?.actions.map(({ id }) => id)).toEqual([
      "edit-script",
      "retry",
      "show-output",
      "open-report",
    ]);
  });

  it("has no header when it has ended, or is tried again; a second failure is another notice", () => {
    const plan = recovering.phases.filter(({ id }) => id.startsWith("hook."));
    const retried = { type: "retry.started", from: "hook.start:shop", phases: plan } as const;
    const events = [untilHookRuns(STARTED_AT), untilHookFails()];
    const again = stateAfter(...events, [{ ms: 1000, body: retried }]);
    expect(bootTree(live(again), { t, nowMs: 2000 })[0]?.id).not.toContain("recovery");
    expect(bootTree(live(failed), { t, nowMs: 2000 })[0]?.id).not.toContain("recovery");
    const twice = stateAfter(...events, [{ ms: 1000, body: retried }], untilHookFails());
    expect(noticesOf(twice, t)[0]?.key).not.toBe(noticesOf(failed, t)[0]?.key);
  });

  it("does not offer to stop the editor that shows this", () => {
    const running = { id: "running", pid: 7, sinceMs: 1, readyMs: 2, readyBy: "tcp" } as const;
    const state = stateAfter(untilHookRuns(STARTED_AT), [
      process(900, "code-server", running),
      process(900, "ttyd", running),
    ]);
    const traits = (id: string) =>
      processTree(live(state), t).find(({ label }) => label === id)?.traits ?? [];
    expect(traits("ttyd")).toContain("stoppable");
    expect(traits("code-server")).not.toContain("stoppable");
    expect(traits("code-server")).toContain("restartable");
  });
});

describe("noticesOf", () => {
  it("tells of a failed boot once, not also of the hook that failed it", () => {
    const notices = noticesOf(failed, t);
    expect(notices.map(({ key }) => key)).toEqual([`${STARTED_AT}/boot-failed/hook.start:shop`]);
    expect(notices[0]?.actions.map(({ id }) => id)).toEqual(["show-output", "open-report"]);
  });

  it("tells of an optional hook that failed, and of a process that failed for good", () => {
    const failure = { code: "hook-failed", message: "start.sh ended with exit code 1." };
    const state = stateAfter(untilHookRuns(STARTED_AT), [
      end(900, "hook.start:shop", 311, { status: "warned", failure }),
      process(950, "ttyd", { id: "failed", sinceMs: 949, reason: "5 crashes in 60 s" }),
    ]);
    expect(noticesOf(state, t).map(({ message }) => message)).toEqual([
      "start.sh ended with exit code 1. The boot continued without it.",
      "ttyd failed: 5 crashes in 60 s",
    ]);
  });

  it("is silent on a good day and when an optional sidecar warned", () => {
    expect(noticesOf(ready, t)).toEqual([]);
    const failure = { code: "x", message: "no" };
    const warned = [end(900, "sidecar.ttyd", 22, { status: "warned", failure })];
    expect(noticesOf(stateAfter(untilHookRuns(STARTED_AT), warned), t)).toEqual([]);
  });
});

describe("waterfall", () => {
  const row = (id: string, state = ready) =>
    waterfall(live(state), context)?.rows.find((one) => one.id === id);

  it("begins with sandboot itself, up to the first phase", () => {
    const [first] = waterfall(live(ready), context)?.rows ?? [];
    expect(first).toMatchObject({
      kind: "itself",
      startMs: 0,
      endMs: 19,
      share: "<1 %",
      group: "",
    });
    const idle = stateAfter(untilHookRuns(STARTED_AT).slice(0, 1));
    expect(waterfall(live(idle), context)?.rows[0]?.kind).toBe("files");
  });

  it("shows of a phase what it is, what it printed, and no detail that says nothing", () => {
    expect(row("hook.start:shop")).toMatchObject({
      kind: "hook",
      share: null,
      output: ["start.sh: generating config/prices.json", "start.sh: 214 price rules written"],
    });
    const phases = ready.phases.map((phase) =>
      phase.id === "agent.session"
        ? { ...phase, detail: { changedSinceSpawn: [], folders: [{ path: "/a", linked: true }] } }
        : phase,
    );
    expect(row("agent.session", { ...ready, phases })?.facts).toEqual([
      ["folders", "path /a, linked yes"],
    ]);
  });

  it("grows as long as a phase runs, also after the boot has ended", () => {
    const late = stateAfter(untilHookRuns(STARTED_AT), untilReady(), [begin(3000, "prefetch")]);
    const isLive = (state: typeof ready) => waterfall(live(state), context)?.live;
    expect([booting, ready, late].map(isLive)).toEqual([true, false, true]);
    const connection = { id: "stale", place: "", reason: "gone", lostAtMs: 0 } as const;
    expect(waterfall({ ...live(booting), connection }, context)?.live).toBe(false);
  });

  it("chooses what failed, else what took the most of the chain, else what runs", () => {
    const focus = (state: typeof ready) => waterfall(live(state), context)?.focus;
    expect([focus(failed), focus(ready), focus(booting)]).toEqual([
      "hook.start:shop",
      "agent.listening",
      "hook.start:shop",
    ]);
  });
});

describe("comparisons", () => {
  const summary = summarize(ready);
  const earlier = (startedAt: string, factor: number) => ({
    ...summary,
    startedAt,
    readyMs: 2068 * factor,
    phases: summary.phases.map(({ id, startMs, endMs }) => ({
      id,
      startMs,
      endMs: startMs + (endMs - startMs) * factor,
    })),
  });
  const boots = [earlier("2026-01-01", 1.1), earlier("2026-01-02", 2), earlier("2026-01-03", 1.3)];
  const told = (history: typeof boots) =>
    comparisons(live(ready, { history }), t).map(({ id, label, readyMs }) => [id, label, readyMs]);

  it("are the p50 of the mode, then each earlier boot, the newest first", () => {
    const otherMode = { ...earlier("2026-01-04", 9), mode: "fresh" as const };
    const later = earlier("2027-01-01", 9);
    expect(told([...boots, otherMode, earlier(STARTED_AT, 9), later])).toEqual([
      ["p50", "p50 of 3 boots", 2068 * 1.3],
      ["previous", "Previous boot", 2068 * 1.3],
      ["2026-01-02", null, 2068 * 2],
      ["2026-01-01", null, 2068 * 1.1],
    ]);
  });

  it("have no p50 of a single boot", () => {
    expect(told(boots.slice(0, 1)).map(([id]) => id)).toEqual(["previous"]);
    expect(told([])).toEqual([]);
  });

  it("know how long each phase took, and of a boot also when it ran", () => {
    const [p50, previous] = comparisons(live(ready, { history: boots }), t);
    expect(p50?.phases["hook.start:shop"]).toEqual({ tookMs: 1071 * 1.3, span: null });
    expect(previous?.phases["hook.start:shop"]).toMatchObject({ span: { startMs: 311 } });
  });

  it("are in the report, too", () => {
    const text = reportDocument(live(ready, { history: boots }), t);
    expect(text).toContain("- Previous boot: 2.69 s (−620 ms)\n- p50 of earlier boots: 2.69 s");
  });
});

describe("the report", () => {
  it("has the failure first", () => {
    const text = reportDocument(live(failed), t);
    expect(text).toContain("## ✗ Run \\.openinspect/start\\.sh of shop");
    expect(text).toContain("start.sh: cannot reach price service at 127.0.0.1:5999");
    expect(text.indexOf("## ✗")).toBeLessThan(text.indexOf("## Phases"));
    expect(text).not.toContain("## Warnings");
  });

  it("has all warnings, of phases and of the runtime itself", () => {
    const warnings = [{ source: "control-plane", message: "it does not answer" }];
    const phases = ready.phases.map((phase) =>
      phase.id === "stage" ? { ...phase, warnings: ["slow_disk"] } : phase,
    );
    const text = reportDocument(live({ ...ready, phases, warnings }), t);
    expect(text).toContain(
      "## Warnings\n\n- Stage the agent's files: slow\\_disk\n- control\\-plane: it does not answer",
    );
  });
});

describe("levelOf", () => {
  it("sees the level of a line where the program says it", () => {
    expect(levelOf("ERROR cannot bind", "stdout")).toBe("error");
    expect(levelOf("[WARN] slow", "stderr")).toBe("warning");
    expect(levelOf("listening on 7681", "stderr")).toBe("info");
  });
});
