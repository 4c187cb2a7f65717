import type { RuntimeWarning } from "../base/warning.ts";
import type { ConfigFile } from "./schema.ts";

/** The control plane that is told about this sandbox (docs/control-plane.md). */
export interface ControlPlaneConfig {
  readonly url: string;
  readonly token: string | null;
  readonly sandboxId: string;
  /** The kinds of messages that it gets. */
  readonly messages: readonly ("error" | "phase" | "report" | "state")[];
  readonly flushSeconds: number;
  readonly maxMessages: number;
}

/** @returns null when there is none, or when the sandbox has no id, of which {@link controlPlaneWarnings} warns. */
export function controlPlaneOf({
  controlPlane,
  bridge,
  sandboxId,
}: ConfigFile): ControlPlaneConfig | null {
  const { url, token, messages, flushSeconds, maxMessages } = controlPlane;
  if (url === undefined || sandboxId === undefined) return null;
  return {
    url,
    token: token ?? bridge.token ?? null,
    sandboxId,
    messages,
    flushSeconds,
    maxMessages,
  };
}

/**
 * Warns of a control plane's URL without a sandbox id. An image often carries the URL, and whoever starts it gives the id.
 * The boot goes on without the control plane, so that the image can be tried out by hand. We do not invent an id.
 */
export function controlPlaneWarnings({ controlPlane, sandboxId }: ConfigFile): RuntimeWarning[] {
  if (controlPlane.url === undefined || sandboxId !== undefined) return [];
  return [{ code: "sandbox-unnamed" }];
}
