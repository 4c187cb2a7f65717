import { taskNamed } from "../task.ts";
import type { hashTask } from "./hash-task.ts";
import type { walkTask } from "./walk.ts";

export const hash = taskNamed<typeof hashTask>("hash");
export const walk = taskNamed<typeof walkTask>("walk");
