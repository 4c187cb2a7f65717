declare const SANDBOOT_VERSION: string | undefined;

/** The version from package.json, set by the bundler; `0.0.0-source` when the sources run unbundled (tests). */
export const STAGER_VERSION: string =
  typeof SANDBOOT_VERSION === "undefined" ? "0.0.0-source" : SANDBOOT_VERSION;
