import type { RuntimeWarning } from "../base/warning.ts";
import type { ConfigFile } from "./schema.ts";

/** Who wants to know what becomes of this sandbox (docs/control-plane.md). */
export interface ControlPlaneConfig {
  readonly url: string;
  readonly token: string | null;
  readonly sandboxId: string;
  readonly flushSeconds: number;
  readonly maxMessages: number;
}

/** @returns Null when there is none, or when it could not know this sandbox: {@link controlPlaneWarnings} says so. */
export function controlPlaneOf({
  controlPlane,
  bridge,
  sandboxId,
}: ConfigFile): ControlPlaneConfig | null {
  const { url, token, flushSeconds, maxMessages } = controlPlane;
  if (url === undefined || sandboxId === undefined) return null;
  return { url, token: token ?? bridge.token ?? null, sandboxId, flushSeconds, maxMessages };
}

/**
 * An image often carries the URL, and who starts it gives the name. No boot fails for a control plane, also not where
 * that was forgotten, or where the image is tried out by hand; a name that nobody gave is not made up.
 */
export function controlPlaneWarnings({ controlPlane, sandboxId }: ConfigFile): RuntimeWarning[] {
  if (controlPlane.url === undefined || sandboxId !== undefined) return [];
  return [{ code: "sandbox-unnamed" }];
}
