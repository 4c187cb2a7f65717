import type { TerminalConfig } from "../config/sidecar-schema.ts";
import { Door } from "./door.ts";
import type { Preparation } from "./sidecar.ts";
import { terminalAdmission } from "./terminal-admission.ts";

const HOST = "127.0.0.1";

/**
 * Lets those who have the token reach ttyd, on a port of its own.
 *
 * @throws Failed `port-in-use`.
 */
export async function openTerminalDoor(
  { port: ttydPort, proxyHost }: TerminalConfig,
  port: number,
  { process, present, onPresent, defer }: Preparation,
): Promise<void> {
  const door = new Door({
    host: proxyHost,
    port,
    portKey: "terminal.proxyPort",
    // Nobody gets in without one: a seed has no tenant yet.
    admit: terminalAdmission(() => present().bridge.token, port),
    process,
    upstream: { host: HOST, port: ttydPort },
  });
  defer(() => door.close());
  await door.listen();
  onPresent(() => door.askAgain());
}
