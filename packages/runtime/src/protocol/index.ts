/**
 * The only thing that runtime and extension share: shapes of state, events and report, and the fold from one to the other.
 * Everything here is plain data, versioned by {@link SCHEMA_VERSION}.
 */
export * from "./adopt.ts";
export * from "./build.ts";
export * from "./event.ts";
export * from "./log.ts";
export * from "./modes.ts";
export * from "./phase.ts";
export * from "./process.ts";
export * from "./reduce.ts";
export * from "./report.ts";
export * from "./repository.ts";
export * from "./socket.ts";
export * from "./stage.ts";
export * from "./state.ts";
export * from "./version.ts";
