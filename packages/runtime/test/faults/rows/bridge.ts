import { connect, createServer } from "node:net";
import { expect } from "vitest";
import { fatal, type Row, ready, startSh } from "../row.ts";
import type { World } from "../world.ts";

/** Sends bytes that are no HTTP, and waits until the other side ends the connection. */
function garbage(target: string | number, bytes: Buffer | string): Promise<void> {
  return new Promise((resolve) => {
    const socket = typeof target === "string" ? connect(target) : connect(target, "127.0.0.1");
    socket.on("error", () => {});
    socket.once("close", () => resolve());
    socket.resume();
    socket.end(bytes);
  });
}

const held = startSh("until test -e go; do sleep 0.05; done");

/** Lets the start.sh go on. */
const letGo = ({ checkout }: World) =>
  import("node:fs/promises").then(({ writeFile }) => writeFile(`${checkout}/go`, ""));

/** What clients of the bridge and the API do wrong, and who else wants their ports. */
export const bridgeRows: readonly Row[] = [
  {
    fault: "a bridge port that another program has",
    before: async (world) => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(world.bridgePort, "127.0.0.1", resolve));
      world.heldPorts.add(world.bridgePort);
      world.defer(() => new Promise((resolve) => server.close(resolve)));
    },
    end: fatal("port-in-use", /bridge\.port/),
  },
  {
    fault: "a bridge of an address that this machine does not have",
    config: () => ({ bridge: { host: "192.0.2.1", token: "t0ken-of-the-bridge" } }),
    end: fatal("system-error"),
  },
  {
    fault: "a bridge port that takes a right which the user lacks",
    config: () => ({ bridge: { port: 81 } }),
    under: ["setpriv", "--bounding-set", "-net_bind_service", "--inh-caps", "-all"],
    end: fatal("system-error", /bridge\.port|81/),
  },
  {
    fault: "clients that send no HTTP",
    isLong: true,
    whenReady: async (world) => {
      const noise = [
        "\0".repeat(10_000),
        "GET / HTTP/9.9\r\n\r\n",
        "\r\n".repeat(1000),
        `GET /${"x".repeat(100_000)} HTTP/1.1\r\n\r\n`,
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      ];
      for (const bytes of noise) {
        await garbage(world.bridgePort, bytes);
        await garbage(world.socket, bytes);
      }
      expect((await world.ask("/works")).status).toBe(200);
    },
    end: ready(),
  },
  {
    fault: "clients that leave while they are held",
    files: held,
    config: () => ({ bridge: { maxHeld: 8 } }),
    during: async (world) => {
      await world.run.until("phase.started", ({ id }) => id === "hook.start:demo");
      const head =
        "GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
      for (let at = 0; at < 8; at++) await garbage(world.bridgePort, head);
      const answer = world.ask("/held");
      await letGo(world);
      expect((await answer).status).toBe(200);
    },
    end: ready(),
  },
  {
    fault: "more early requests than may wait",
    files: held,
    config: () => ({ bridge: { maxHeld: 8 } }),
    during: async (world) => {
      await world.run.until("phase.started", ({ id }) => id === "hook.start:demo");
      const answers = Array.from({ length: 200 }, () => world.ask("/early"));
      await Promise.race(answers);
      await letGo(world);
      const statuses = (await Promise.all(answers)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(8);
      expect(new Set(statuses)).toEqual(new Set([200, 503]));
    },
    end: ready(),
  },
  {
    fault: "a request under the name of another site",
    whenReady: async (world) => {
      const { status } = await world.ask("/secrets", { headers: { host: "evil.example" } });
      expect(status).toBe(403);
      expect(world.asked()).not.toContain("/secrets");
    },
    end: ready(),
  },
  {
    fault: "requests without the token",
    config: () => ({ bridge: { token: "t0ken-of-the-bridge" } }),
    whenReady: async (world) => {
      expect((await world.ask("/secrets")).status).toBe(401);
      expect(world.asked()).not.toContain("/secrets");
    },
    end: ready(),
  },
  {
    fault: "a client of the event stream that does not read",
    files: startSh("seq 100000"),
    during: async (world) => {
      await world.run.until("boot.started");
      const socket = connect(world.socket);
      socket.on("error", () => {});
      socket.write("GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n");
      socket.pause();
      world.defer(() => socket.destroy());
    },
    end: ready(),
  },
  {
    fault: "bodies of the API that are no JSON, too long, or never end",
    isLong: true,
    whenReady: async (world) => {
      for (const body of ["{", "[]", "\u0000", `"${"x".repeat(1_000_000)}"`, "[".repeat(60_000)]) {
        const { status } = await world.api("/v1/shutdown", { method: "POST", body });
        expect([400, 413]).toContain(status);
      }
      const socket = connect(world.socket);
      socket.on("error", () => {});
      socket.write("POST /v1/shutdown HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{");
      world.defer(() => socket.destroy());
      expect((await world.api("/livez")).status).toBe(200);
    },
    end: ready(),
  },
  {
    fault: "a bridge of one's own that exits",
    isLong: true,
    config: () => ({
      bridge: {
        command: ["bash", "-c", "echo no route; exit 5"],
        readiness: { logLine: "up" },
        restart: "never",
      },
    }),
    end: fatal("process-exited", /no route/),
  },
];
