/**
 * All that runtime and extension share: the shapes of state, events and report, the fold of events into state, and what
 * follows from them. Everything here is plain data, versioned by {@link SCHEMA_VERSION}.
 */
export * from "./adopt.ts";
export * from "./binding.ts";
export * from "./binding-keys.ts";
export * from "./build.ts";
export * from "./derive/index.ts";
export * from "./event.ts";
export * from "./git-credential.ts";
export * from "./history.ts";
export * from "./log.ts";
export * from "./modes.ts";
export * from "./pause.ts";
export * from "./phase.ts";
export * from "./present.ts";
export * from "./process.ts";
export * from "./recovery.ts";
export * from "./reduce.ts";
export * from "./report.ts";
export * from "./repository.ts";
export * from "./socket.ts";
export * from "./stage.ts";
export * from "./state.ts";
export * from "./version.ts";
