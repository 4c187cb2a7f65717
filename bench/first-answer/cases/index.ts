import { adoptCase } from "./adopt.ts";
import { atTheDoor } from "./at-the-door.ts";
import type { AnswerCase } from "./case.ts";
import { freshHome } from "./fresh-home.ts";
import { openInspect } from "./open-inspect.ts";
import { longHook, slowHook } from "./slow-hook.ts";
import { usedHome } from "./used-home.ts";

/** The first is what `npm run bench -- first-answer` runs unless told otherwise. */
export const cases: readonly [AnswerCase, ...AnswerCase[]] = [
  freshHome,
  usedHome,
  slowHook,
  longHook,
  atTheDoor,
  adoptCase,
  openInspect,
];
