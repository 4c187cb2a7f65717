import type { ConfigProblem } from "./errors.ts";
import type { ConfigFile } from "./schema.ts";

/** Who wants to know what becomes of this sandbox (docs/control-plane.md). */
export interface ControlPlaneConfig {
  readonly url: string;
  readonly token: string | null;
  readonly sandboxId: string;
  readonly flushSeconds: number;
  readonly maxMessages: number;
}

/** @returns Null when there is none, or when it could not know this sandbox: {@link controlPlaneProblems} says so. */
export function controlPlaneOf({
  controlPlane,
  bridge,
  sandboxId,
}: ConfigFile): ControlPlaneConfig | null {
  const { url, token, flushSeconds, maxMessages } = controlPlane;
  if (url === undefined || sandboxId === undefined) return null;
  return { url, token: token ?? bridge.token ?? null, sandboxId, flushSeconds, maxMessages };
}

export function controlPlaneProblems(
  { controlPlane, sandboxId }: ConfigFile,
  source: string,
): ConfigProblem[] {
  if (controlPlane.url === undefined || sandboxId !== undefined) return [];
  const expected = "a name for controlPlane.url to know this sandbox by (or SANDBOX_ID)";
  return [{ source, key: "sandboxId", expected, found: "nothing" }];
}
