import type { DesktopConfig } from "../../config/service-schema.ts";
import { withoutCookie } from "../cookies.ts";
import { Door } from "../door.ts";
import type { Preparation } from "../sidecar.ts";
import { desktopAdmission } from "./admission.ts";

/**
 * Lets those who may see the desktop reach noVNC.
 *
 * @param pagePort - Where it listens on loopback.
 * @throws Failed `port-in-use`.
 */
export async function openDesktopDoor(
  { host, port }: DesktopConfig,
  pagePort: number,
  { process, present, onPresent, defer }: Preparation,
): Promise<void> {
  const door = new Door({
    host,
    port,
    portKey: "desktop.port",
    admit: desktopAdmission(present, port),
    withoutCredentials: ({ authorization: _, ...headers }) =>
      withoutCookie(headers, `sandboot-desktop-${port}`),
    process,
    upstream: { host: "127.0.0.1", port: pagePort },
  });
  defer(() => door.close());
  await door.listen();
  onPresent(() => door.askAgain());
}
