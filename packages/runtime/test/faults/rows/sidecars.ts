import { createServer } from "node:net";
import { freePort } from "../../support/scratch.ts";
import { fatal, type Row, ready } from "../row.ts";
import type { World } from "../world.ts";

const sidecar = (keys: object) => () => ({ sidecars: [{ id: "side", restart: "never", ...keys }] });
/** An optional sidecar keeps no boot from being ready. */
const warned = ({ run }: World) => run.until("phase.warning");
const shell = (...lines: string[]) => ["bash", "-c", lines.join("\n")];

/** What sidecars do wrong. */
export const sidecarRows: readonly Row[] = [
  {
    fault: "a required sidecar that exits",
    config: sidecar({
      command: shell("echo no licence", "exit 9"),
      readiness: { logLine: "up" },
      optional: false,
    }),
    end: fatal("process-exited", /no licence/),
  },
  {
    fault: "an optional sidecar that exits",
    isLong: true,
    config: sidecar({ command: shell("exit 9"), readiness: { logLine: "up" } }),
    whenReady: warned,
    end: ready("process-exited"),
  },
  {
    fault: "a sidecar that is not installed",
    config: sidecar({ command: ["no-such-sidecar"] }),
    whenReady: warned,
    end: ready("not-installed"),
  },
  {
    fault: "a required sidecar that is never ready",
    config: sidecar({
      command: ["sleep", "1000"],
      readiness: { logLine: "up" },
      readySeconds: 0.3,
      optional: false,
    }),
    end: fatal("ready-timeout"),
  },
  {
    fault: "an optional sidecar that is never ready",
    isLong: true,
    config: sidecar({
      command: ["sleep", "1000"],
      readiness: { file: "/no/such/file" },
      readySeconds: 0.3,
    }),
    whenReady: warned,
    end: ready("ready-timeout"),
  },
  {
    fault: "a sidecar whose probe hangs",
    config: sidecar({
      command: ["sleep", "1000"],
      readiness: { exec: ["sleep", "1000"] },
      readySeconds: 0.5,
    }),
    whenReady: warned,
    end: ready("ready-timeout"),
  },
  {
    fault: "a sidecar that prints for ever",
    isLong: true,
    config: sidecar({ command: ["yes"] }),
    end: ready(),
  },
  {
    fault: "a sidecar that ignores SIGTERM",
    isLong: true,
    config: sidecar({
      command: shell("trap '' TERM", "echo up", "while :; do sleep 1; done"),
      readiness: { logLine: "up" },
    }),
    end: ready(),
  },
  {
    fault: "a sidecar that leaves a daemon without environment",
    config: sidecar({
      command: shell("env -i setsid sleep 1000 &", "echo up", "exec sleep 1000"),
      readiness: { logLine: "up" },
    }),
    end: ready(),
  },
  {
    fault: "a sidecar whose port another program has",
    config: (world) => ({
      sidecars: [{ id: "side", command: ["sleep", "1000"], port: [...world.heldPorts][0] }],
    }),
    before: async (world) => {
      const port = await freePort();
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      world.heldPorts.add(port);
      world.defer(() => new Promise((resolve) => server.close(resolve)));
    },
    whenReady: warned,
    end: ready("port-in-use"),
  },
  {
    fault: "a sidecar that is started anew again and again",
    config: sidecar({ command: ["true"], restart: { when: "always", backoffSeconds: 0.005 } }),
    whenReady: ({ run }) =>
      run.until("process.changed", ({ process }) => process.id === "side" && process.restarts >= 3),
    end: ready(),
  },
];
