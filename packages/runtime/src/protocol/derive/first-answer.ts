import type { FirstAnswer } from "../event.ts";
import { formatDuration } from "./format.ts";

/** How long the first prompt took. An answer that takes another way than the response has no end that is known. */
export function firstAnswerText({ kind, endMs }: FirstAnswer): string {
  const took = formatDuration(endMs);
  return kind === "answered" ? `first answer in ${took}` : `first prompt accepted in ${took}`;
}
