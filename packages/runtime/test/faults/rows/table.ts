import type { Row } from "../row.ts";
import { agentRows } from "./agent.ts";
import { bridgeRows } from "./bridge.ts";
import { configRows } from "./config.ts";
import { fileRows } from "./files.ts";
import { gitRows } from "./git.ts";
import { hookRows } from "./hooks.ts";
import { linkRows } from "./links.ts";
import { peerRows } from "./peers.ts";
import { sidecarRows } from "./sidecars.ts";
import { signalRows } from "./signals.ts";

/** Every fault that a boot is tried with. A new kind is a file in this folder and a line here. */
export const rows: readonly Row[] = [
  ...hookRows,
  ...agentRows,
  ...sidecarRows,
  ...gitRows,
  ...configRows,
  ...fileRows,
  ...linkRows,
  ...bridgeRows,
  ...peerRows,
  ...signalRows,
];
