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
    path: "/v1/shutdown",
    handle: async ({ request, response, control }) => {
      const { reason = "POST /v1/shutdown" } = await readJson(request);
      if (typeof reason !== "string" || reason === "") {
        const [expected, found] = ["some text", JSON.stringify(reason)];
        throw new Failed({
          code: "bad-request",
          problem: "field",
          field: "reason",
          expected,
          found,
        });
      }
      sendJson(response, 202, { accepted: true, pid: control.bus.state.pid });
      control.shutdown(reason);
    },
  },
];
