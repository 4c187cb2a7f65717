import { Failed } from "../../../base/failed.ts";
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
      if (report === null) throw new Failed({ code: "no-report-yet" });
      sendJson(response, 200, report);
    },
  },
  {
    method: "GET",
    path: "/v1/history",
    handle: async ({ response, control }) => sendJson(response, 200, await control.history()),
  },
];
