import { warningText } from "../../../base/warning-text.ts";
import type { Check } from "../check.ts";

/** What a boot would warn of. What is wrong has been told by then. */
export const config: Check = {
  id: "config",
  run: async ({ config: { warnings } }) =>
    warnings.map((warning) => {
      const { message, hint = "" } = warningText(warning);
      return { status: "warn", message, hint };
    }),
};
