import type { Config } from "../../config/config.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "clock" | "tellBuilt">;

/** Tells whoever asked for the image that it is built. An image that nobody hears of is no image, so this is required. */
export function buildCallback({ build }: Config): BootPhase | [] {
  const { callback } = build;
  if (callback === undefined) return [];
  return {
    plan: {
      id: "build.callback",
      title: "Tell that the image is built",
      needs: ["build.record"],
      where: "main",
      required: true,
    },
    run: async ({ clock, tellBuilt }: Parts, { output, signal, waitingFor }) => {
      waitingFor(`an answer of ${callback.url}`);
      await tellBuilt(output("build.record"), clock.nowMs(), signal);
    },
  };
}
