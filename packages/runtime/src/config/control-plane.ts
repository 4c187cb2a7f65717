import type { ConfigWarning } from "./config.ts";
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
export function controlPlaneWarnings({ controlPlane, sandboxId }: ConfigFile): ConfigWarning[] {
  if (controlPlane.url === undefined || sandboxId !== undefined) return [];
  return [
    {
      message: "the control plane is told nothing: it has a URL, and this sandbox no name",
      hint: "set SANDBOX_ID (or sandboxId) to what the control plane calls it",
    },
  ];
}
