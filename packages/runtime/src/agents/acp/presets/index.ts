import type { Config } from "../../../config/config.ts";
import { plainAgent } from "../plain-agent.ts";
import type { AcpPreset } from "../preset.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { gemini } from "./gemini.ts";
import { openCode } from "./opencode.ts";

/** The agents that are known: a new one is a file in this folder and a line here. */
const presets = { claude, codex, gemini, opencode: openCode } as const satisfies Record<
  NonNullable<Config["agent"]["preset"]>,
  AcpPreset
>;

/** An agent of which nothing is known but its command. */
const unknown: AcpPreset = {
  title: "the agent",
  native: null,
  http: null,
  keys: [],
  instructions: null,
  agent: plainAgent({ env: {}, readOnce: () => [] }),
};

export function presetOf({ preset }: Config["agent"]): AcpPreset {
  return preset === undefined ? unknown : presets[preset];
}
