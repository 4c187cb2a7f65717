import type { Config } from "../config/config.ts";
import { findProgram } from "../process/find-program.ts";
import type { Supervisor } from "../process/supervise/supervisor.ts";
import { codeServerProcess, prepareCodeServer } from "./code-server.ts";
import { configuredSidecar } from "./configured.ts";
import type { Sidecar } from "./sidecar.ts";
import { TerminalDoor } from "./terminal-door.ts";
import { ttydProcess } from "./ttyd.ts";

export interface SidecarParts {
  readonly config: Config;
  readonly supervisor: Supervisor;
  /** The runtime's socket, for those who show the sandbox. */
  readonly socket: string;
  /** Has something done at the end of the sandbox. */
  readonly defer: (step: () => Promise<void>) => void;
}

/** Every sidecar of this boot, known and configured ones. A new kind is one file in this folder and one part here. */
export function sidecarsOf({ config, supervisor, socket, defer }: SidecarParts): Sidecar[] {
  const { codeServer, terminal, stateDir } = config;
  const places = { stateDir, socket };
  const sidecars: Sidecar[] = [];
  // Our thread starts one program after the other, some milliseconds each: the agent's is the first, unless it has to wait
  // for the hooks.
  const afterAgent = ({ priority }: { readonly priority: "low" | "normal" }) =>
    priority === "low" && config.agent.start === "speculative" ? ["agent.spawn"] : [];
  if (codeServer !== null) {
    sidecars.push({
      process: supervisor.add(codeServerProcess(codeServer, config, places)),
      portKey: "codeServer.port",
      // Its extensions may be among what is staged.
      needs: [...(config.stage === null ? [] : ["stage"]), ...afterAgent(codeServer)],
      prepare: async (warn) => {
        const [command = ""] = codeServer.command;
        if ((await findProgram(command, config.env)) === null) return;
        await prepareCodeServer(codeServer, config, places, warn);
      },
    });
  }
  if (terminal !== null) {
    const process = supervisor.add(ttydProcess(terminal, config, places));
    const prepare = async () => {
      const { port: ttydPort, proxyPort: port } = terminal;
      const { token } = config.bridge;
      // The config's own check has made sure of a token.
      if (port === undefined || token === null) return;
      const door = new TerminalDoor({ port, token, ttyd: process, ttydPort });
      defer(() => door.close());
      await door.listen();
    };
    sidecars.push({ process, portKey: "terminal.port", needs: afterAgent(terminal), prepare });
  }
  for (const sidecar of config.sidecars) {
    const process = supervisor.add(configuredSidecar(sidecar, config));
    const portKey = `sidecars.${sidecar.id}.port`;
    sidecars.push({ process, portKey, needs: afterAgent(sidecar), prepare: async () => {} });
  }
  return sidecars;
}
