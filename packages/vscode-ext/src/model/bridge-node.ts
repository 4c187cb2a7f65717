import type { BridgeState, RuntimeState } from "@sandboot/runtime/protocol";
import { escapeMarkdown } from "./format.ts";
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
    gateWord(bridge, t),
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

function gateWord({ gate }: BridgeState, t: Translate): string {
  switch (gate) {
    case "open":
      return t("lets prompts in");
    case "holding":
      return t("holds prompts");
    case "refusing":
      return t("refuses prompts");
    default:
      gate satisfies never;
      return String(gate);
  }
}

function gateIcon({ gate }: BridgeState): Icon {
  switch (gate) {
    case "open":
      return { id: "pass-filled", tone: "good" };
    case "holding":
      return { id: "debug-pause", tone: "busy" };
    case "refusing":
      return { id: "circle-slash", tone: "warning" };
    default:
      gate satisfies never;
      return { id: "question", tone: "muted" };
  }
}
