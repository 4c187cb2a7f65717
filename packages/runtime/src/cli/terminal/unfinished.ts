import type { Unfinished } from "../../protocol/index.ts";

/** What had not ended when a sandbox was frozen, in words. */
export function unfinishedText({ prompts, phases }: Unfinished): string {
  const parts = [
    ...(prompts === 0 ? [] : [`${prompts} ${prompts === 1 ? "prompt" : "prompts"}`]),
    ...phases,
  ];
  return parts.length === 0 ? "nothing was under way" : `not ended: ${parts.join(", ")}`;
}
