import { entrypoint } from "../contenders/by-hand.ts";
import { sandboot } from "../contenders/sandboot.ts";
import type { AnswerCase } from "./case.ts";

/** There a session without a model is one of a real provider. */
const SESSION_CONFIG = JSON.stringify({ provider: "stand-in", model: "words" });

/** The second part of `npm run bench -- boot --case open-inspect`. */
export const openInspect: AnswerCase = {
  name: "open-inspect",
  title:
    "a sequential entrypoint of Open-Inspect's shape, against the platform open-inspect: to the first answer",
  contenders: async (bench) => [
    entrypoint(bench),
    sandboot(bench, {
      id: "sandboot",
      coming: "when-ready",
      config: { platform: "open-inspect" },
      env: { SESSION_CONFIG },
    }),
  ],
  baseline: "entrypoint",
};
