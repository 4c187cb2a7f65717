import { RequestRefused } from "../control.ts";
import { readJson, sendJson } from "../exchange.ts";
import type { Route } from "../route.ts";

export const lifecycleRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/adopt",
    handle: async ({ request, response, control }) => {
      if (control.adopt === null) {
        const message = `this runtime was not started as a seed (mode ${control.bus.state.mode})`;
        throw new RequestRefused(409, { code: "not-a-seed", message });
      }
      sendJson(response, 200, await control.adopt(await readJson(request)));
    },
  },
  {
    method: "POST",
    path: "/v1/shutdown",
    handle: async ({ request, response, control }) => {
      const { reason = "POST /v1/shutdown" } = await readJson(request);
      if (typeof reason !== "string" || reason === "") {
        const message = `reason: expected some text, found ${JSON.stringify(reason)}`;
        throw new RequestRefused(400, { code: "bad-request", message });
      }
      sendJson(response, 202, { accepted: true, pid: control.bus.state.pid });
      control.shutdown(reason);
    },
  },
];
