import type { BootSummary, RuntimeState } from "@sandboot/runtime/protocol";

/** A boot that became ready. Others are compared with it. */
export interface ReadyBoot extends BootSummary {
  readonly readyMs: number;
}

/** The boots on record that others can be compared with. */
export function readyBoots(boots: readonly BootSummary[]): readonly ReadyBoot[] {
  return boots.filter((boot): boot is ReadyBoot => boot.readyMs !== null);
}

/** The earlier boots in the mode of this one, oldest first. */
export function earlierBoots(
  history: readonly ReadyBoot[],
  { mode, startedAt }: Pick<RuntimeState, "mode" | "startedAt">,
): readonly ReadyBoot[] {
  return history.filter((boot) => boot.mode === mode && boot.startedAt < startedAt);
}
