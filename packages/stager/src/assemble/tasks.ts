import { taskNamed } from "../task.ts";
import type { mergeTask } from "./merge-task.ts";

export const merge = taskNamed<typeof mergeTask>("merge");
