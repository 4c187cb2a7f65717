import { watchedFile } from "./watched-file.ts";
import type { WayIn } from "./way-in.ts";

/**
 * The ways in that look for a binding by themselves; a new one is a file in this folder and a line here. A binding that is
 * sent comes by the status API: its socket (also `sandboot adopt`) or its port. That of an ordinary boot is its environment.
 */
export const waysIn: readonly WayIn[] = [watchedFile];
