/** What both command lines say of `sandboot boot`: the one with every command, and the one that knows no other. */
export const bootEntry = {
  name: "boot",
  summary: "boot this sandbox and stay until a signal ends it",
} as const;
