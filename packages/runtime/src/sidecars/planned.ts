import type { Config } from "../config/config.ts";
import { withServices } from "../config/resolve.ts";
import { desktopServices } from "./desktop/services.ts";
import { dockerService } from "./docker.ts";

/** What a boot of this configuration would start: its services are at places of which nobody knows whether they are free. */
export function withPlannedServices(config: Config): Config {
  const { desktop, docker, stateDir } = config;
  const places = { display: 1, port: 1, vncSocket: "", vncPassword: "", stateDir };
  return withServices(config, [
    ...(desktop === null ? [] : desktopServices(desktop, places)),
    ...(docker === null ? [] : [dockerService(docker, stateDir)]),
  ]);
}
