import { mergeTask } from "./assemble/merge-task.ts";
import { placeLinksTask } from "./assemble/place-links-task.ts";
import { abandonTask, finishTask, installTask } from "./install/task.ts";
import { fingerprintTask } from "./read/fingerprint-task.ts";
import { prefetchTask } from "./read/prefetch-task.ts";
import { placeTask } from "./strategies/place-files.ts";
import { asTask } from "./task-outcome.ts";
import { takeNiceness } from "./thread-priority.ts";
import { hashTask } from "./tree/hash-task.ts";
import { walkTask } from "./tree/walk.ts";
import { verifyTask } from "./verify/verify-task.ts";

takeNiceness();

/** The functions that run in worker threads. Arguments and results are plain data. */
export const abandon = asTask(abandonTask);
export const fingerprint = asTask(fingerprintTask);
export const finish = asTask(finishTask);
export const hash = asTask(hashTask);
export const install = asTask(installTask);
export const merge = asTask(mergeTask);
export const place = asTask(placeTask);
export const placeLinks = asTask(placeLinksTask);
export const prefetch = asTask(prefetchTask);
export const verify = asTask(verifyTask);
export const walk = asTask(walkTask);
