import { agentKey, agentsOf } from "./agents.ts";
import type { Config } from "./config.ts";

export interface ConfiguredPort {
  /** The config key that gives it, for messages. */
  readonly key: string;
  readonly port: number;
}

/** Every port that a boot with this config uses, in the order of the config's keys. */
export function portsOf(config: Config): readonly ConfiguredPort[] {
  const { bridge, status, codeServer, terminal, desktop, sidecars } = config;
  const ports: readonly (readonly [string, number | undefined])[] = [
    ...agentsOf(config).map((agent) => [`${agentKey(agent)}.port`, agent.port] as const),
    ["bridge.port", bridge.port],
    ["status.port", status?.port],
    ["codeServer.port", codeServer?.port],
    // Behind its proxy ttyd needs none.
    ["terminal.port", terminal?.proxyPort === undefined ? terminal?.port : undefined],
    ["terminal.proxyPort", terminal?.proxyPort],
    ["desktop.port", desktop?.port],
    ...sidecars.map(({ id, port }) => [`sidecars.${id}.port`, port] as const),
  ];
  return ports.flatMap(([key, port]) => (port === undefined ? [] : [{ key, port }]));
}
