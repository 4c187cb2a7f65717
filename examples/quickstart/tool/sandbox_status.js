import { get } from "node:http";
import { tool } from "@opencode-ai/plugin";

/** The state of the runtime that listens on `socketPath`. */
function readState(socketPath, signal) {
  return new Promise((resolve, reject) => {
    const headers = process.env.SANDBOOT_TOKEN
      ? { authorization: `Bearer ${process.env.SANDBOOT_TOKEN}` }
      : {};
    const request = get({ socketPath, path: "/v1/state", headers, signal }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(body));
        else reject(new Error(`the runtime answered ${response.statusCode}`));
      });
    });
    request.on("error", reject);
  });
}

export default tool({
  description:
    "Shows how this sandbox is doing: how its boot went, phase by phase, and which processes run beside you " +
    "(with their ports). Use it before you start a server or when a service does not answer.",
  args: {},
  async execute(_args, context) {
    const socketPath = process.env.SANDBOOT_SOCKET;
    if (socketPath === undefined) {
      return "This sandbox was not started by sandboot (SANDBOOT_SOCKET is not set).";
    }
    let state;
    try {
      state = await readState(socketPath, context.abort);
    } catch (error) {
      return `The runtime at ${socketPath} could not be asked: ${error.message}.`;
    }
    const phases = state.phases.map(({ id, status, startMs, endMs, warnings }) => {
      const time = endMs === null ? "" : ` ${Math.round(endMs - startMs)} ms`;
      return `- ${id}: ${status}${time}${warnings.map((warning) => `; warning: ${warning}`).join("")}`;
    });
    const processes = state.processes.map(({ id, status, port, restarts }) => {
      const where = port == null ? "" : ` on port ${port}`;
      const again = restarts > 0 ? `, restarted ${restarts} times` : "";
      return `- ${id}: ${status.id}${where}${again}`;
    });
    const ready =
      state.readyMs === null ? "not ready yet" : `ready after ${Math.round(state.readyMs)} ms`;
    return {
      title: `Sandbox is ${state.status}`,
      output: [
        `The sandbox is ${state.status} (mode ${state.mode}, ${ready}).`,
        "",
        "Phases:",
        ...phases,
        "",
        "Processes:",
        ...processes,
      ].join("\n"),
    };
  },
});
