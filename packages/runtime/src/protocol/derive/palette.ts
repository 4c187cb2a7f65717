import type { PhaseKind } from "./kind.ts";

/** A colour of a bar: on a light ground and on a dark one. */
export interface Shades {
  readonly light: string;
  readonly dark: string;
}

/** The colours of what phases work on, and of sandboot itself. None looks like an error or a warning. */
export const kindShades: Readonly<Record<PhaseKind | "itself", Shades>> = {
  files: { light: "#7a5af0", dark: "#a48bff" },
  git: { light: "#2478d4", dark: "#5aa9f8" },
  hook: { light: "#d9822b", dark: "#f2a65a" },
  agent: { light: "#0f9d8a", dark: "#35c7b3" },
  sidecar: { light: "#c2528b", dark: "#ec86b6" },
  bridge: { light: "#1f9d55", dark: "#4fd08a" },
  other: { light: "#5d6878", dark: "#93a0b2" },
  itself: { light: "#8a94a3", dark: "#6d7889" },
};
