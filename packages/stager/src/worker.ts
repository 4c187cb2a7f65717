import { fingerprintTask } from "./fingerprint-task.ts";
import { abandonTask, copyTask, finishTask, installTask } from "./install/task.ts";
import { prefetchTask } from "./prefetch-task.ts";
import { hashTask } from "./tree/hash-task.ts";

/** The functions that run in worker threads: plain data in, plain data out. */
export {
  abandonTask as abandon,
  copyTask as copy,
  fingerprintTask as fingerprint,
  finishTask as finish,
  hashTask as hash,
  installTask as install,
  prefetchTask as prefetch,
};

export interface StageTasks {
  readonly abandon: typeof abandonTask;
  readonly copy: typeof copyTask;
  readonly fingerprint: typeof fingerprintTask;
  readonly finish: typeof finishTask;
  readonly hash: typeof hashTask;
  readonly install: typeof installTask;
  readonly prefetch: typeof prefetchTask;
}
