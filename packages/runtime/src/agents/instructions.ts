import { symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "@sandboot/stager";

/**
 * Links the place where an agent reads instructions for every session to the config's file. What the user has there is kept.
 * Synchronous, as all that the agent's start waits for.
 */
export function linkInstructions(file: string, place: string): void {
  makeFolder(dirname(place));
  try {
    symlinkSync(file, place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
