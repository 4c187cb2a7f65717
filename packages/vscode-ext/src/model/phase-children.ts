import {
  formatBytes,
  formatDetail,
  type PhaseState,
  type StageItem,
  type StageReport,
  type Tone,
  tellingDetails,
  warningsBesideFailure,
} from "@sandboot/runtime/protocol";
import { codeBlock, escapeMarkdown } from "./markdown.ts";
import { type Place, placeOfDetail, placeOfFailure, placeOfItem } from "./place.ts";
import { shortenPaths } from "./shorten.ts";
import type { Translate } from "./translate.ts";
import type { Icon, TreeNode } from "./tree-node.ts";

/** A stage can have thousands of items; a tree of them could not be read. */
const MAX_STAGE_ITEMS = 200;

/** The lines below a phase: why it failed, what staging did, its details, the end of its output. */
export function phaseChildren(
  phase: PhaseState,
  { stage, output }: { readonly stage: StageReport | null; readonly output: readonly string[] },
  t: Translate,
): TreeNode[] {
  return [
    ...failureNodes(phase, t),
    ...warningNodes(phase),
    ...(stage === null ? [] : stageNodes(phase, stage, t)),
    ...detailNodes(phase),
    ...outputNodes(phase, output, t),
  ];
}

function failureNodes(phase: PhaseState, t: Translate): TreeNode[] {
  if (phase.failure === undefined) return [];
  const { message, hint, code } = phase.failure;
  const nodes: TreeNode[] = [
    leaf(`${phase.id}/failure`, shortenPaths(message), "error", "bad", {
      copy: message,
      tooltip: `${escapeMarkdown(message)} (\`${code}\`)`,
      ...leadsTo(placeOfFailure(phase)),
    }),
  ];
  if (hint !== undefined) {
    nodes.push(
      leaf(`${phase.id}/hint`, hint, "lightbulb", "warning", {
        copy: hint,
        tooltip: escapeMarkdown(hint),
        spoken: `${t("Hint")}: ${hint}`,
      }),
    );
  }
  return nodes;
}

function warningNodes(phase: PhaseState): TreeNode[] {
  return warningsBesideFailure(phase).map((warning, index) =>
    leaf(`${phase.id}/warning/${index}`, warning, "warning", "warning", { copy: warning }),
  );
}

function detailNodes(phase: PhaseState): TreeNode[] {
  const { id, detail } = phase;
  return tellingDetails(detail).map(([key, value]) => {
    const [name, text] = formatDetail(key, value);
    return leaf(`${id}/detail/${key}`, name, "symbol-field", "muted", {
      description: text,
      copy: typeof value === "string" ? value : JSON.stringify(value),
      ...leadsTo(placeOfDetail(phase, key)),
    });
  });
}

function outputNodes(phase: PhaseState, tail: readonly string[], t: Translate): TreeNode[] {
  if (tail.length === 0) return [];
  return [
    {
      id: `${phase.id}/output`,
      label: t("Output"),
      // A failed phase is expanded, so its lines are visible anyway.
      ...(phase.status === "failed" ? {} : { description: tail.at(-1)?.trim() ?? "" }),
      icon: { id: "output", tone: "plain" },
      traits: ["output", "copyable"],
      subject: phase.id,
      copy: tail.join("\n"),
      tooltip: codeBlock(tail),
      expanded: phase.status === "failed",
      children: tail.map((line, index) => ({
        id: `${phase.id}/output/${index}`,
        // An empty label would show the node's id.
        label: line.trim() === "" ? " " : line,
        traits: ["copyable"],
        copy: line,
      })),
    },
  ];
}

const stageIcons: Readonly<Record<StageItem["result"], Icon>> = {
  linked: { id: "link", tone: "good" },
  copied: { id: "copy", tone: "good" },
  reflinked: { id: "copy", tone: "good" },
  hardlinked: { id: "link", tone: "good" },
  present: { id: "check", tone: "good" },
  gated: { id: "lock", tone: "muted" },
  conflict: { id: "git-compare", tone: "warning" },
  missing: { id: "question", tone: "bad" },
};

function stageNodes(phase: PhaseState, { items }: StageReport, t: Translate): TreeNode[] {
  const nodes = items.slice(0, MAX_STAGE_ITEMS).map((item): TreeNode => {
    const why = [item.strategy, item.reason].filter((part) => part !== undefined).join(": ");
    const size = item.bytes === undefined ? "" : ` · ${formatBytes(item.bytes)}`;
    return {
      id: `stage/item/${item.path}`,
      label: item.path,
      description: `${item.result}${size}`,
      icon: stageIcons[item.result] ?? { id: "file", tone: "plain" },
      ...(why === "" ? {} : { tooltip: escapeMarkdown(why) }),
      traits: ["copyable"],
      copy: item.path,
      ...leadsTo(placeOfItem(phase, item)),
    };
  });
  const more = items.length - nodes.length;
  if (more > 0) nodes.push(leaf("stage/more", t("… and {0} more", more), "ellipsis", "muted", {}));
  return nodes;
}

function leadsTo(place: Place | null): Pick<TreeNode, "opens"> {
  return place === null ? {} : { opens: place };
}

function leaf(
  id: string,
  label: string,
  icon: string,
  tone: Tone,
  rest: Pick<TreeNode, "description" | "copy" | "spoken" | "tooltip" | "opens">,
): TreeNode {
  return { id, label, icon: { id: icon, tone }, traits: ["copyable"], ...rest };
}
