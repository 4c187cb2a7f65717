import { taskNamed } from "../task.ts";
import type { verifyTask } from "./verify-task.ts";

export const verify = taskNamed<typeof verifyTask>("verify");
