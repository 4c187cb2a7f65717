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
 * The bridge among the processes: it runs in the runtime's own process, so nobody can restart it, but whether prompts are
 * let in is what a person wants to know of it.
 *
 * @returns Null before it has opened, and when an external bridge is a process like any other.
 */
export function bridgeNode(state: RuntimeState, stale: boolean, t: Translate): TreeNode | null {
  const { bridge, processes, urls } = state;
  // A runtime from before the bridge told of itself has no such field.
  if (bridge == null || processes.some(({ kind }) => kind === "bridge")) return null;
  const url = urls["bridge"];
  const description = [
    t(gateWords[bridge.gate] ?? bridge.gate),
    url === undefined || !URL.canParse(url) ? "" : `:${new URL(url).port}`,
    bridge.held === 0 ? "" : t("{0} waiting", bridge.held),
    stale ? t("not current") : "",
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

/** A state of a newer runtime is shown as a question, not as a fault. */
function gateIcon({ gate }: BridgeState): Icon {
  return { id: gateIcons[gate] ?? "question", tone: gateTones[gate] ?? "muted" };
}
