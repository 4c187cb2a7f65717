import { Door } from "./door.ts";
import type { Preparation } from "./sidecar.ts";
import { terminalAdmission } from "./terminal-admission.ts";

/**
 * Lets those who have the token reach ttyd.
 *
 * @param socketPath - Where ttyd listens.
 * @throws Failed `port-in-use`.
 */
export async function openTerminalDoor(
  { host, port }: { readonly host: string; readonly port: number },
  socketPath: string,
  { process, present, onPresent, defer }: Preparation,
): Promise<void> {
  const door = new Door({
    host,
    port,
    portKey: "terminal.proxyPort",
    // Nobody gets in without one: a seed has no tenant yet.
    admit: terminalAdmission(() => present().bridge.token, port),
    process,
    upstream: { socketPath },
  });
  defer(() => door.close());
  await door.listen();
  onPresent(() => door.askAgain());
}
