import type { Check } from "../check.ts";

/** What a boot would warn of. What is wrong has been told by then. */
export const config: Check = {
  id: "config",
  run: async ({ config: { warnings } }) =>
    warnings.map(({ message, hint }) => ({ status: "warn", message, hint })),
};
