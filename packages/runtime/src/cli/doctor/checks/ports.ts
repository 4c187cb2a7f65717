import { failureOf } from "../../../base/failed.ts";
import { failureText } from "../../../base/failure-text.ts";
import { portsOf } from "../../../config/ports.ts";
import { stateFolderAt } from "../../../config/state-folder.ts";
import { assertPortFree } from "../../../process/ports.ts";
import type { Check, Finding } from "../check.ts";
import { answersOn } from "../socket.ts";

/** Whether the configured ports are free, and which process holds those that are not. */
export const ports: Check = {
  id: "ports",
  run: async ({ config }) => {
    if (await answersOn(stateFolderAt(config.stateDir).socket)) {
      const message = "a sandbox runs with this configuration, so its ports are in use";
      return [{ status: "ok", message }];
    }
    const configured = portsOf(config);
    const findings = await Promise.all(configured.map(({ key, port }) => look(port, key)));
    const taken = findings.filter((finding) => finding !== null);
    if (taken.length > 0) return taken;
    const list = configured.map(({ key, port }) => `${port} (${key})`).join(", ");
    return [{ status: "ok", message: `free: ${list}` }];
  },
};

async function look(port: number, key: string): Promise<Finding | null> {
  try {
    await assertPortFree(port, key);
    return null;
  } catch (error) {
    const { message, hint = `set ${key} to another port` } = failureText(failureOf(error));
    return { status: "fail", message, hint };
  }
}
