import { describeCause, outputOf, presentOf, type RuntimeState } from "@sandboot/runtime/protocol";
import { shortenPaths } from "./shorten.ts";
import type { Translate } from "./translate.ts";
import type { TreeNode } from "./tree-node.ts";

/** How many of the last lines stand below the header. */
const LINES = 6;

/** The header of a boot that failed and can be mended: what failed, and the last lines. Null for every other boot. */
export function recoveryNode(state: RuntimeState, isLive: boolean, t: Translate): TreeNode | null {
  const { fatal } = state;
  const present = presentOf(state);
  if (present.id !== "recovering" || fatal === null) return null;
  const label = shortenPaths(fatal.failure.message);
  const [cause] = present.because.map(describeCause);
  return {
    id: `recovery:${fatal.phase}`,
    label,
    icon: { id: "error", tone: "bad" },
    tooltip: t("The sandbox stays, so that you can mend it. Then retry from here."),
    // Whether a runtime answers is one of these words and not a context key, as for processes.
    traits: [
      ...(isLive ? ["recovery"] : []),
      ...(scriptOf(state) === null ? [] : ["editable"]),
      "copyable",
    ],
    subject: fatal.phase,
    copy: fatal.failure.message,
    expanded: true,
    children: outputOf(state, fatal.phase)
      .slice(-LINES)
      .map((line, at) => ({ id: `recovery:${at}`, label: line })),
    spoken: `${cause?.name ?? fatal.phase}, ${label}`,
  };
}

/** The script that failed the boot; null when it was none. */
export function scriptOf({ fatal }: RuntimeState): string | null {
  const script = fatal?.failure.detail?.["script"];
  return typeof script === "string" ? script : null;
}
