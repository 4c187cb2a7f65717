import type { Platform } from "../platform.ts";

/** No system in particular: the config file and the variables of docs/config.md say everything. */
export const generic: Platform = {
  name: "generic",
  environment: (env) => env,
  defaults: () => ({}),
  withheld: [],
  buildMessages: {
    built: ({ record, durationMs }) => ({ ...record, durationMs }),
    failed: ({ error }) => ({ error }),
  },
  follow: null,
};
