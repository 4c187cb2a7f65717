import { onPath } from "../../../../scripts/bootstrap.mjs";

const PROGRAMS = ["Xvfb", "fluxbox", "x11vnc", "websockify", "xmessage"];
const found = await Promise.all(PROGRAMS.map(onPath));

/** What this machine lacks for a desktop that draws. `npm test` installs it from Debian. */
export const missingForDesktop = PROGRAMS.filter((_, index) => !found[index]);
