import type { Config } from "../config/config.ts";
import { DESKTOP_PAGE } from "../config/service-schema.ts";
import { stateFolderAt } from "../config/state-folder.ts";
import { findProgram } from "../process/find-program.ts";
import { codeServerProcess, prepareCodeServer } from "./code-server.ts";
import { configuredSidecar } from "./configured.ts";
import { openDesktopDoor } from "./desktop/door.ts";
import { openEditorDoor } from "./editor-door.ts";
import type { Sidecar } from "./sidecar.ts";
import { openTerminalDoor } from "./terminal-door.ts";
import { ttydProcess, writeTerminalEnv } from "./ttyd.ts";

/** Every sidecar of a boot, built-in and configured. A new kind is one file in this folder and one block here. */
export function sidecarsOf(config: Config): Sidecar[] {
  const { codeServer, terminal, desktop, stateDir } = config;
  const { socket, editorSocket, terminalSocket, terminalEnv: envFile } = stateFolderAt(stateDir);
  const places = { stateDir, socket, editorSocket, terminalSocket, envFile };
  const sidecars: Sidecar[] = [];
  // The main thread starts one program at a time, and each takes some milliseconds. The agent comes first, unless it has to
  // wait for the hooks.
  const afterAgent = ({ priority }: { readonly priority: "low" | "normal" }) =>
    priority === "low" && config.agent.start === "speculative" ? ["agent.spawn"] : [];
  if (codeServer !== null) {
    sidecars.push({
      process: codeServerProcess(codeServer, config, places),
      portKey: "codeServer.port",
      // Its extensions may be in the stage.
      needs: [...(config.stage === null ? [] : ["stage"]), ...afterAgent(codeServer)],
      prepare: async (preparation) => {
        const [command = ""] = codeServer.command;
        if ((await findProgram(command, config.env)) === null) return;
        await prepareCodeServer(codeServer, config, places, preparation.warn);
        if (config.mode !== "seed") return;
        await openEditorDoor(codeServer, editorSocket, preparation);
      },
      takeBinding: async () => {},
    });
  }
  if (terminal !== null) {
    sidecars.push({
      process: ttydProcess(terminal, config, places),
      portKey: "terminal.port",
      needs: afterAgent(terminal),
      prepare: async (preparation) => {
        await writeTerminalEnv(terminal, config, places);
        const { proxyHost: host, proxyPort: port } = terminal;
        if (port === undefined) return;
        await openTerminalDoor({ host, port }, terminalSocket, preparation);
      },
      takeBinding: () => writeTerminalEnv(terminal, config, places),
    });
  }
  for (const sidecar of config.sidecars) {
    sidecars.push({
      process: configuredSidecar(sidecar, config),
      portKey: `sidecars.${sidecar.id}.port`,
      needs: [
        ...(sidecar.before === "hooks" ? [] : afterAgent(sidecar)),
        ...sidecar.after.map((id) => `sidecar.${id}`),
      ],
      prepare: async (preparation) => {
        const { id, port } = sidecar;
        if (desktop === null || id !== DESKTOP_PAGE || port === undefined) return;
        await openDesktopDoor(desktop, port, preparation);
      },
      takeBinding: async () => {},
    });
  }
  return sidecars;
}
