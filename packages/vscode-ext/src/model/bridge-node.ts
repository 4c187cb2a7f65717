import {
  type BridgeState,
  gateTones,
  gateWords,
  type RuntimeState,
} from "@sandboot/runtime/protocol";
import { escapeMarkdown } from "./markdown.ts";
import type { Translate } from "./translate.ts";
import type { Icon, TreeNode } from "./tree-node.ts";

/**
 * The built-in bridge, listed with the processes to show whether it lets prompts in. It is part of the runtime's own
 * process, so it cannot be restarted.
 *
 * @returns Null before it has opened, and when an external bridge is listed as a process of its own.
 */
export function bridgeNode(state: RuntimeState, stale: boolean, t: Translate): TreeNode | null {
  const { bridge, processes, urls } = state;
  // Undefined in the state of a runtime that is too old to report its bridge.
  if (bridge == null || processes.some(({ kind }) => kind === "bridge")) return null;
  const url = urls["bridge"];
  const description = [
    t(gateWords[bridge.gate] ?? bridge.gate),
    url === undefined || !URL.canParse(url) ? "" : `:${new URL(url).port}`,
    bridge.held === 0 ? "" : t("{0} waiting", bridge.held),
    stale ? t("out of date") : "",
  ]
    .filter((part) => part !== "")
    .join(" · ");
  return {
    id: "bridge",
    label: "bridge",
    description,
    icon: stale ? { id: "debug-disconnect", tone: "muted" } : gateIcon(bridge),
    ...(bridge.reason === null ? {} : { tooltip: escapeMarkdown(bridge.reason) }),
    traits: ["bridge"],
    spoken: `bridge, ${description}`,
  };
}

const gateIcons: Readonly<Record<BridgeState["gate"], string>> = {
  open: "pass-filled",
  holding: "debug-pause",
  refusing: "circle-slash",
};

/** A state that a newer runtime has added gets a question mark and not the icon of a failure. */
function gateIcon({ gate }: BridgeState): Icon {
  return { id: gateIcons[gate] ?? "question", tone: gateTones[gate] ?? "muted" };
}
