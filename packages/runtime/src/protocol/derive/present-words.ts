import type { PresentCause, PresentId } from "../present.ts";
import { gateWords, phaseWords, processWords } from "./words.ts";

/** Each state in the words that a person reads. */
export const presentWords: Readonly<Record<PresentId, string>> = {
  booting: "booting",
  seeded: "seeded",
  spent: "spent",
  ready: "ready",
  warm: "ready and warm",
  degraded: "degraded",
  refusing: "refusing prompts",
  frozen: "frozen",
  recovering: "recovering",
  ending: "ending",
};

/** A cause as a name and what is wrong with it: `ttyd` and `failed`, `bridge` and `refuses prompts`. */
export function describeCause(cause: PresentCause): {
  readonly name: string;
  /** One of the tables of words, so that it can be translated. */
  readonly word: string;
  readonly reason: string | null;
} {
  switch (cause.part) {
    case "process":
      return { name: cause.id, word: wordOf(cause.status), reason: null };
    case "phase":
      return { name: cause.title, word: phaseWords.failed, reason: null };
    case "bridge":
      return { name: "bridge", word: gateWords[cause.gate], reason: cause.reason };
    default:
      return cause satisfies never;
  }
}

function wordOf(status: string): string {
  if (status === "backoff") return processWords.restarting;
  return processWords[status as keyof typeof processWords] ?? status;
}
