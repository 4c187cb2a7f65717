/** All that a boot does with repositories. It is loaded as one file, after the agent's process has been started. */
export { isFree, removeCheckout } from "./clone.ts";
export { remoteAccess } from "./credentials.ts";
export { headAt, syncRepository } from "./sync.ts";
export { trustCheckouts } from "./trust.ts";
