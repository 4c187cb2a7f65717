import type { Config } from "../config/config.ts";
import type { SidecarConfig } from "../config/sidecar-schema.ts";
import { type DesktopTools, placeDesktop } from "./desktop/places.ts";
import { dockerService, forgetKilledDaemons } from "./docker.ts";

/**
 * The services that are built in, at places that are free. What is started before they are ready is told of the places, too.
 *
 * @param tools - They come as arguments, so that loading this file loads nothing else: it is loaded before the agent is started.
 */
export async function placeServices(
  { desktop, docker, stateDir }: Pick<Config, "desktop" | "docker" | "stateDir">,
  tools: Omit<DesktopTools, "stateDir">,
): Promise<SidecarConfig[]> {
  if (docker !== null) await forgetKilledDaemons(stateDir);
  return [
    ...(desktop === null ? [] : await placeDesktop(desktop, { ...tools, stateDir })),
    ...(docker === null ? [] : [dockerService(docker, stateDir)]),
  ];
}
