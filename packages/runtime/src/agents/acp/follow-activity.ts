import { type Activity, PATHS } from "../../acp-server/contract.ts";
import { LineSplitter } from "../../base/lines.ts";
import { request } from "../../base/node-http.ts";
import type { FollowClients } from "../driver.ts";

/** @param to.headers - What the server asks of the runtime. */
export function followActivity(
  to: Parameters<FollowClients>[0] & { readonly headers: Readonly<Record<string, string>> },
): Promise<void> {
  const { url, headers, signal, onActivity } = to;
  const { promise, resolve } = Promise.withResolvers<void>();
  const outgoing = request(
    new URL(PATHS.activity, url),
    { headers, signal, agent: false },
    (incoming) => {
      if (incoming.statusCode !== 200) {
        outgoing.destroy();
        return;
      }
      const lines = new LineSplitter((line) => onActivity(JSON.parse(line) as Activity));
      incoming.on("data", (chunk: Buffer) => {
        try {
          lines.push(chunk);
        } catch {
          outgoing.destroy();
        }
      });
      // How it ends is all the same: whoever follows looks whether the agent still runs.
      incoming.on("error", () => {});
    },
  );
  outgoing.on("error", () => {});
  outgoing.once("close", resolve);
  outgoing.end();
  return promise;
}
