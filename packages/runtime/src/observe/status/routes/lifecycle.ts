import { Failed } from "../../../base/failed.ts";
import { MAX_BINDING_BYTES } from "../../../protocol/binding-keys.ts";
import { readJson, sendJson } from "../exchange.ts";
import type { Route } from "../route.ts";

export const lifecycleRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/adopt",
    enrols: true,
    handle: async ({ request, response, control }) => {
      if (control.adopt === null) {
        throw new Failed({ code: "not-a-seed", mode: control.bus.state.mode });
      }
      sendJson(response, 200, await control.adopt(await readJson(request, MAX_BINDING_BYTES)));
    },
  },
  {
    method: "POST",
    path: "/v1/retry",
    handle: async ({ request, response, control }) => {
      const { from: given } = await readJson(request);
      const from = textOf("from", given);
      sendJson(response, 202, await control.retry(from ?? null));
    },
  },
  {
    method: "POST",
    path: "/v1/shutdown",
    handle: async ({ request, response, control }) => {
      const { reason: given } = await readJson(request);
      const reason = textOf("reason", given) ?? "POST /v1/shutdown";
      sendJson(response, 202, { accepted: true, pid: control.bus.state.pid });
      control.shutdown(reason);
    },
  },
];

/** @throws Failed `bad-request` for a field that is there and is no text. */
function textOf(field: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  const [expected, found] = ["some text", JSON.stringify(value)];
  throw new Failed({ code: "bad-request", problem: "field", field, expected, found });
}
