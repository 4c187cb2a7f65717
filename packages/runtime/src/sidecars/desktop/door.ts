import { join } from "node:path";
import { exists } from "../../base/exists.ts";
import { Failed } from "../../base/failed.ts";
import type { DesktopConfig } from "../../config/desktop-schema.ts";
import { findProgram } from "../../process/find-program.ts";
import { withoutCookie } from "../cookies.ts";
import { Door } from "../door.ts";
import type { Preparation } from "../sidecar.ts";
import { desktopAdmission } from "./admission.ts";

/**
 * Lets those who may see the desktop reach noVNC.
 *
 * @param pagePort - Where it listens on loopback.
 * @throws Failed `port-in-use`; `not-installed` where noVNC's page is missing.
 */
export async function openDesktopDoor(
  { host, port, web }: DesktopConfig,
  pagePort: number,
  { process, present, onPresent, defer }: Preparation,
): Promise<void> {
  // The process says so itself.
  if ((await findProgram("websockify", present().env)) === null) return;
  const page = join(web, "vnc.html");
  if (!(await exists(page))) {
    throw new Failed({ code: "not-installed", process: process.id, command: page });
  }
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
