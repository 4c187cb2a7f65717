import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensureNoVnc } from "../../../../../scripts/novnc.mjs";
import { missingForDesktop as missing } from "../../support/desktop-programs.ts";
import { bootOpenInspect, hook } from "../../support/open-inspect.ts";
import { freePort } from "../../support/scratch.ts";
import { VncClient } from "../../support/vnc.ts";

describe.skipIf(missing.length > 0)(
  `an Open-Inspect sandbox with a desktop (missing: ${missing.join(", ") || "nothing"})`,
  () => {
    it("has it before the hooks, which do not get its password, and shows it to whoever knows that", async () => {
      const port = await freePort();
      const { plane, sandbox, boot, heard } = await bootOpenInspect({
        web: hook("setup", "env > ../environment"),
        env: { VNC_PASSWORD: "s3same", NOVNC_PORT: String(port) },
        // By itself it listens on every address.
        desktop: { host: "127.0.0.1", web: await ensureNoVnc() },
      });
      await heard("ready");
      const environment = await readFile(join(sandbox.folder, "workspace", "environment"), "utf8");
      expect(environment).toMatch(/^DISPLAY=:\d+$/m);
      expect(environment).not.toContain("s3same");
      await boot.until("phase.ended", ({ id }) => id === "sidecar.novnc");
      const address = `ws://127.0.0.1:${port}/websockify`;
      const enter = (password: string) => VncClient.connect(address, { password, headers: {} });
      await expect(enter("another")).rejects.toThrow("the password is wrong");
      (await enter("s3same")).close();
      plane.shutDown();
      expect((await boot.ended()).exitCode).toBe(0);
      expect(sandbox.left()).toEqual([]);
    });
  },
);
