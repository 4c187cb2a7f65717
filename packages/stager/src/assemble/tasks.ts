import { taskNamed } from "../task.ts";
import type { mergeTask } from "./merge-task.ts";
import type { placeLinksTask } from "./place-links-task.ts";

export const merge = taskNamed<typeof mergeTask>("merge");
export const placeLinks = taskNamed<typeof placeLinksTask>("placeLinks");
