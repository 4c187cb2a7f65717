import { describe, expect, it } from "vitest";
import { phaseWarning, runtimeWarning } from "../../src/base/warned.ts";
import type { PhaseWarning, RuntimeWarning, WhyFullCatalogue } from "../../src/base/warning.ts";
import { type WarningTexts, warningTexts } from "../../src/base/warning-text.ts";

type Samples<Warning extends { readonly code: string }> = {
  readonly [Code in Warning["code"]]: readonly Extract<Warning, { readonly code: Code }>[];
};

const path = "/state/file.json";
const cause = { errno: "ENOSPC", syscall: "write", path } as const;

const need = { agent: "Codex", message: "Authentication required" } as const;

const fullCatalogue: readonly WhyFullCatalogue[] = [
  { id: "not-staged" },
  { id: "configured" },
  { id: "unreadable", reason: "it is damaged" },
  { id: "elsewhere", name: "OPENCODE_MODELS_URL" },
  { id: "fetched", path },
  { id: "other-version", madeFor: "1.18.33", version: "1.19.0" },
  { id: "unknown-configuration" },
  { id: "asked-for", provider: "acme", by: { id: "unasked" } },
  { id: "asked-for", provider: "acme", by: { id: "configuration", key: "model" } },
  { id: "asked-for", provider: "acme", by: { id: "credentials" } },
  { id: "asked-for", provider: "acme", by: { id: "environment", name: "ACME_KEY" } },
];

/** Every kind of warning. A missing code does not compile. */
const ofPhases: Samples<PhaseWarning> = {
  "stage-replaced": [{ code: "stage-replaced", path, reason: "it is not JSON" }],
  "half-clone-removed": [{ code: "half-clone-removed", checkout: "/workspace/shop" }],
  "stale-lock-removed": [{ code: "stale-lock-removed", lock: "/workspace/shop/.git/index.lock" }],
  "checkout-repaired": [
    { code: "checkout-repaired", checkout: "/workspace/shop", stashed: false, ref: null },
    {
      code: "checkout-repaired",
      checkout: "/workspace/shop",
      stashed: true,
      ref: "refs/sandboot/kept/untracked-0123456789ab",
    },
  ],
  "commits-unpushed": [{ code: "commits-unpushed", checkout: "/workspace/shop", branch: "main" }],
  "commits-kept": [
    {
      code: "commits-kept",
      checkout: "/workspace/shop",
      branch: "main",
      ref: "refs/sandboot/kept/main-0123456789ab",
    },
    {
      code: "commits-kept",
      checkout: "/workspace/shop",
      branch: null,
      ref: "refs/sandboot/kept/HEAD-0123456789ab",
    },
  ],
  "ref-gave-way": [
    {
      code: "ref-gave-way",
      checkout: "/workspace/shop",
      ref: "refs/heads/feature",
      to: "refs/heads/feature/x",
      kept: "refs/sandboot/kept/feature-0123456789ab",
    },
  ],
  "setting-removed": [
    { code: "setting-removed", checkout: "/workspace/shop", key: "remote.origin.uploadpack" },
  ],
  "index-repaired": [
    {
      code: "index-repaired",
      checkout: "/workspace/shop",
      aside: "/workspace/shop/.git/index.damaged",
    },
  ],
  "ref-repaired": [
    { code: "ref-repaired", checkout: "/workspace/shop", ref: "refs/heads/main", sha: null },
    {
      code: "ref-repaired",
      checkout: "/workspace/shop",
      ref: "refs/heads/main",
      sha: "0123456789",
    },
  ],
  "config-overridden": [{ code: "config-overridden", path, winner: "web", loser: "shop" }],
  "config-left-out": [{ code: "config-left-out", path, source: "shop", reason: "it is a pipe" }],
  "skill-left-out": [
    { code: "skill-left-out", name: "deploy", path: "/w/shop/.opencode/skills/deploy" },
  ],
  "agent-outdated": [{ code: "agent-outdated", agent: "opencode", paths: ["/a", "/b"] }],
  "agent-needs-authentication": [
    {
      ...need,
      code: "agent-needs-authentication",
      methods: [
        { id: "api-key", name: "API Key" },
        { id: "chat-gpt", name: "ChatGPT" },
      ],
      keys: ["OPENAI_API_KEY", "CODEX_API_KEY"],
    },
    {
      agent: "Gemini CLI",
      message: "Gemini API key is missing or not configured.",
      code: "agent-needs-authentication",
      methods: [],
      keys: [],
    },
  ],
  "packages-missing": [
    {
      code: "packages-missing",
      folder: "/workspace/shop/.opencode",
      packages: [{ name: "left-pad", spec: "^1.0.0", why: "failed with E404" }],
    },
  ],
  "checkouts-not-trusted": [{ code: "checkouts-not-trusted", path, cause }],
  "packages-not-linked": [
    { code: "packages-not-linked", folder: "/workspace/shop/.opencode", reason: "is not a folder" },
  ],
  "full-catalogue": fullCatalogue.map((why) => ({
    code: "full-catalogue",
    agent: "OpenCode",
    why,
  })),
  "extension-missing": [
    { code: "extension-missing", extension: "/a.vsix", cause },
    { code: "extension-missing", extension: "/a.vsix", cause: { error: "it is damaged" } },
  ],
  "extension-list-unreadable": [{ code: "extension-list-unreadable", path }],
  "processes-left": [{ code: "processes-left", processes: [{ pid: 7, command: "sleep 9" }] }],
  "settings-unreadable": [{ code: "settings-unreadable", path }],
};

const ofRuntime: Samples<RuntimeWarning> = {
  "binding-refused": [
    { code: "binding-refused", path: "/etc/pod/binding", cause: { error: "it holds no JSON" } },
  ],
  "sandbox-unnamed": [{ code: "sandbox-unnamed" }],
  "nothing-configured": [{ code: "nothing-configured", folder: "/srv" }],
  "pid-1": [{ code: "pid-1" }],
  "leftovers-ended": [
    {
      code: "leftovers-ended",
      runtimePid: 6,
      processes: Array.from({ length: 12 }, (_, n) => ({ pid: n + 7, command: "sleep 9" })),
    },
  ],
  "processes-left": [{ code: "processes-left", processes: [{ pid: 7, command: "sleep 9" }] }],
  "events-lost": [{ code: "events-lost", path, events: 7 }],
  "output-not-logged": [{ code: "output-not-logged", path: "/state/events.jsonl" }],
  "events-not-written": [{ code: "events-not-written", path, cause }],
  "low-priority-kept": [{ code: "low-priority-kept", cause }],
  "credential-missing": [
    {
      code: "credential-missing",
      host: "git.example.org",
      asked: path,
      why: { problem: "absent" },
    },
  ],
  "credentials-not-set-up": [{ code: "credentials-not-set-up", path, cause }],
  "control-plane-unreachable": [{ code: "control-plane-unreachable" }],
  "control-plane-refused": [
    { code: "control-plane-refused", kind: "report", status: 404, reason: "no such sandbox" },
  ],
  "report-not-sent": [{ code: "report-not-sent", cause }],
  "build-failure-not-told": [{ code: "build-failure-not-told", cause }],
  "platform-file-not-written": [{ code: "platform-file-not-written", path, cause }],
  "outbox-unusable": [{ code: "outbox-unusable", path, cause }],
  "outbox-full": [{ code: "outbox-full", maxMessages: 500 }],
  "trace-not-sent": [
    { code: "trace-not-sent", problem: "protocol", protocol: "grpc" },
    { code: "trace-not-sent", problem: "no-answer", timeoutMs: 3_000 },
    { code: "trace-not-sent", problem: "failed", cause: { error: "connect ECONNREFUSED" } },
  ],
  "boot-not-recorded": [{ code: "boot-not-recorded", cause }],
  "report-outdated": [{ code: "report-outdated", path, cause }],
};

const events = [
  ...Object.values(ofPhases)
    .flat()
    .map((value) => [value, phaseWarning("stage", value)] as const),
  ...Object.values(ofRuntime)
    .flat()
    .map((value) => [value, runtimeWarning(value)] as const),
];

describe("the text of a warning", () => {
  it.each(events.map(([value, event]) => [JSON.stringify(value), value, event] as const))(
    "%s",
    (_, value, event) => {
      expect(event).toMatchObject({ code: value.code, message: expect.any(String) });
      const { message } = event as { readonly message: string };
      expect(message).not.toMatch(/undefined|null|NaN|\[object|^\s*$|\s$|\.$/);
    },
  );

  it("is missing for no code: this does not compile without one", () => {
    const { "pid-1": _, ...others } = warningTexts;
    // @ts-expect-error A code without a text.
    const incomplete: WarningTexts = others;
    expect(Object.keys(incomplete)).toHaveLength(Object.keys(warningTexts).length - 1);
  });

  it("says what to do after what is wrong", () => {
    const { message } = runtimeWarning({ code: "sandbox-unnamed" }) as { readonly message: string };
    expect(message).toMatch(/no name; set SANDBOX_ID/);
  });
});
