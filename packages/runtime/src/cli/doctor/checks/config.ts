import { warningText } from "../../../base/warning-text.ts";
import type { Check } from "../check.ts";

/** The warnings that a boot would give. A wrong configuration is refused before any check. */
export const config: Check = {
  id: "config",
  run: async ({ config: { warnings } }) =>
    warnings.map((warning) => {
      const { message, hint = "" } = warningText(warning);
      return { status: "warn", message, hint };
    }),
};
