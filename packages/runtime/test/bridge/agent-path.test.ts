import type { IncomingMessage } from "node:http";
import { expect, it } from "vitest";
import { takeAgentId } from "../../src/bridge/agent-path.ts";

it.each([
  ["/agents/codex/acp", "codex", "/acp"],
  ["/agents/codex/acp?a=/b", "codex", "/acp?a=/b"],
  ["/agents/codex", "codex", "/"],
  ["/agents/codex?a=b", "codex", "/?a=b"],
  ["/agents/codex/", "codex", "/"],
  ["/agents/codex//x", "codex", "//x"],
  ["/agents/", "", "/"],
  ["/agents", "", "/"],
  ["/agents?x", "", "/"],
  ["/agentsx/codex", null, "/agentsx/codex"],
  ["/acp", null, "/acp"],
  ["/x/agents/codex", null, "/x/agents/codex"],
])("%s is for %s, as %s", (url, id, rest) => {
  const incoming = { url } as IncomingMessage;
  expect([takeAgentId(incoming), incoming.url]).toEqual([id, rest]);
});
