/**
 * What follows from a state, a report or their parts: one answer for the terminal, the report's page and the panel.
 * Only types of the schemas are imported here. The panel runs this on Node 20 and in a web page.
 */
export * from "./agent-state.ts";
export * from "./axis.ts";
export * from "./boot-strip.ts";
export * from "./chain-shares.ts";
export * from "./change.ts";
export * from "./critical-chain.ts";
export * from "./focus.ts";
export * from "./format.ts";
export * from "./kind.ts";
export * from "./output.ts";
export * from "./palette.ts";
export * from "./perfetto.ts";
export * from "./present.ts";
export * from "./present-words.ts";
export * from "./printable.ts";
export * from "./statistics.ts";
export * from "./times.ts";
export * from "./tone.ts";
export * from "./warnings.ts";
export * from "./words.ts";
