import { RUNTIME_VERSION } from "../../../base/version.ts";
import { sendJson } from "../exchange.ts";
import type { Route } from "../route.ts";

export const openApiRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/openapi.json",
    handle: async ({ response }) => {
      // zod and the table of all routes, for those who ask and for nobody else.
      const [{ openApiDocument }, { routes }] = await Promise.all([
        import("../openapi/document.ts"),
        import("./table.ts"),
      ]);
      sendJson(response, 200, openApiDocument(routes, RUNTIME_VERSION));
    },
  },
];
