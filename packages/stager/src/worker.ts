import { fingerprintTask } from "./fingerprint-task.ts";
import { installTask } from "./install-task.ts";
import { prefetchTask } from "./prefetch-task.ts";

/** The functions that run in worker threads. Plain data in, plain data out. */
export { fingerprintTask as fingerprint, installTask as install, prefetchTask as prefetch };

export interface StageTasks {
  readonly install: typeof installTask;
  readonly fingerprint: typeof fingerprintTask;
  readonly prefetch: typeof prefetchTask;
}
