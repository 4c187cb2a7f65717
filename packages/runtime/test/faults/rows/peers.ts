import { stat } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { join } from "node:path";
import { expect } from "vitest";
import { type Row, ready } from "../row.ts";
import type { World } from "../world.ts";

/** Lets the world's control plane answer so. */
const plane = (listener: RequestListener) => async (world: World) => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("unreachable");
  planes.set(world, `http://127.0.0.1:${address.port}`);
  world.defer(() => {
    server.closeAllConnections();
    server.close();
  });
};

const planes = new WeakMap<World, string>();

const toPlane = (world: World) => ({
  CONTROL_PLANE_URL: planes.get(world) ?? "http://127.0.0.1:9",
  SANDBOX_ID: "box-1",
  SANDBOX_AUTH_TOKEN: "fault-secret-3f1c",
});

const quick = () => ({ controlPlane: { flushSeconds: 0.3 } });

/** What control planes and collectors of traces do wrong. */
export const peerRows: readonly Row[] = [
  {
    fault: "a control plane that is not there",
    env: toPlane,
    config: quick,
    whenReady: async ({ run }) => void (await run.until("runtime.warning")),
    end: ready("control-plane-unreachable"),
  },
  {
    fault: "a control plane that refuses",
    isLong: true,
    before: plane((_, response) => response.writeHead(400).end("no such sandbox")),
    env: toPlane,
    config: quick,
    end: ready("control-plane-refused"),
  },
  {
    fault: "a control plane that never answers",
    before: plane(() => {}),
    env: toPlane,
    config: quick,
    end: ready(),
  },
  {
    fault: "a control plane whose answer never ends",
    before: plane((_, response) => {
      const more = () => {
        if (response.destroyed) return;
        response.write("x".repeat(65_536));
        setImmediate(more);
      };
      more();
    }),
    env: toPlane,
    config: quick,
    end: ready(),
  },
  {
    fault: "a control plane that refuses with a message of 60 MB",
    before: plane((_, response) => response.writeHead(400).end("y".repeat(60_000_000))),
    env: toPlane,
    config: quick,
    after: async ({ state }) => {
      expect((await stat(join(state, "events.jsonl"))).size).toBeLessThan(1_000_000);
    },
    end: ready("control-plane-refused"),
  },
  {
    fault: "a control plane that sends us elsewhere",
    isLong: true,
    before: plane((_, response) =>
      response.writeHead(307, { location: "http://127.0.0.1:9/" }).end(),
    ),
    env: toPlane,
    config: quick,
    end: ready("control-plane-refused"),
  },
  {
    fault: "a collector of traces that is not there",
    env: () => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
      TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }),
    end: ready("trace-not-sent"),
  },
  {
    fault: "a trace parent that is none",
    isLong: true,
    env: () => ({ TRACEPARENT: "00-zz-zz-zz" }),
    end: ready(),
  },
];
