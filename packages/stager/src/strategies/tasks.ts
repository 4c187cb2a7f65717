import { taskNamed } from "../task.ts";
import type { placeTask } from "./place-files.ts";

export const place = taskNamed<typeof placeTask>("place");
