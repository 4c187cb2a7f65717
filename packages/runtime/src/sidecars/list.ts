import type { Config } from "../config/config.ts";
import { findProgram } from "../process/find-program.ts";
import type { Supervisor } from "../process/supervise/supervisor.ts";
import { codeServerProcess, prepareCodeServer } from "./code-server.ts";
import { configuredSidecar } from "./configured.ts";
import type { Sidecar } from "./sidecar.ts";
import { TerminalProxy } from "./terminal-proxy.ts";
import { ttydProcess } from "./ttyd.ts";

export interface SidecarParts {
  readonly config: Config;
  readonly supervisor: Supervisor;
  /** The socket of the status API, for the panel. */
  readonly socket: string;
  /** Runs a step at the end of the sandbox. */
  readonly defer: (step: () => Promise<void>) => void;
}

/** Every sidecar of this boot, built-in and configured. A new kind is one file in this folder and one block here. */
export function sidecarsOf({ config, supervisor, socket, defer }: SidecarParts): Sidecar[] {
  const { codeServer, terminal, stateDir } = config;
  const places = { stateDir, socket };
  const sidecars: Sidecar[] = [];
  // The main thread starts one program at a time, and each takes some milliseconds. The agent comes first, unless it has to
  // wait for the hooks.
  const afterAgent = ({ priority }: { readonly priority: "low" | "normal" }) =>
    priority === "low" && config.agent.start === "speculative" ? ["agent.spawn"] : [];
  if (codeServer !== null) {
    sidecars.push({
      process: supervisor.add(codeServerProcess(codeServer, config, places)),
      portKey: "codeServer.port",
      // Its extensions may be in the stage.
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
      // A config with a proxy port and without a token is refused when it is loaded.
      if (port === undefined || token === null) return;
      const proxy = new TerminalProxy({ port, token, ttyd: process, ttydPort });
      defer(() => proxy.close());
      await proxy.listen();
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
