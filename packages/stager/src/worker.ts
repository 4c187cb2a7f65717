import { mergeTask } from "./assemble/merge-task.ts";
import { fingerprintTask } from "./fingerprint-task.ts";
import { abandonTask, copyTask, finishTask, installTask } from "./install/task.ts";
import { prefetchTask } from "./prefetch-task.ts";
import { asTask } from "./task-outcome.ts";
import { hashTask } from "./tree/hash-task.ts";

/** The functions that run in worker threads: plain data in, plain data out. */
export const abandon = asTask(abandonTask);
export const copy = asTask(copyTask);
export const fingerprint = asTask(fingerprintTask);
export const finish = asTask(finishTask);
export const hash = asTask(hashTask);
export const install = asTask(installTask);
export const merge = asTask(mergeTask);
export const prefetch = asTask(prefetchTask);

export interface StageTasks {
  readonly abandon: typeof abandonTask;
  readonly copy: typeof copyTask;
  readonly fingerprint: typeof fingerprintTask;
  readonly finish: typeof finishTask;
  readonly hash: typeof hashTask;
  readonly install: typeof installTask;
  readonly merge: typeof mergeTask;
  readonly prefetch: typeof prefetchTask;
}
