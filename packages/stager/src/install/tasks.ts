import { taskNamed } from "../task.ts";
import type { abandonTask, finishTask, installTask } from "./task.ts";

export const install = taskNamed<typeof installTask>("install");
export const finish = taskNamed<typeof finishTask>("finish");
export const abandon = taskNamed<typeof abandonTask>("abandon");
