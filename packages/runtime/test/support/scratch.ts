export { freePort } from "../../../../test/support/ports.ts";
export { scratchFolder } from "../../../../test/support/scratch.ts";
