import { taskNamed } from "../task.ts";
import type { fingerprintTask } from "./fingerprint-task.ts";
import type { prefetchTask } from "./prefetch-task.ts";

export const fingerprint = taskNamed<typeof fingerprintTask>("fingerprint");
export const prefetch = taskNamed<typeof prefetchTask>("prefetch");
