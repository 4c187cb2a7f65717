declare const SANDBOOT_VERSION: string | undefined;

/** Stamped in by the bundler from package.json; `0.0.0-source` when the sources run unbundled (tests). */
export const RUNTIME_VERSION: string =
  typeof SANDBOOT_VERSION === "undefined" ? "0.0.0-source" : SANDBOOT_VERSION;
