import { RequestRefused } from "../control.ts";
import { sendJson } from "../exchange.ts";
import type { Route } from "../route.ts";

export const stateRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/state",
    handle: ({ response, control }) => sendJson(response, 200, control.bus.state),
  },
  {
    method: "GET",
    path: "/v1/report",
    handle: async ({ response, control }) => {
      const report = await control.report();
      if (report === null) {
        const message = "the boot has not ended yet: there is no report of it";
        throw new RequestRefused(404, { code: "no-report-yet", message });
      }
      sendJson(response, 200, report);
    },
  },
];
