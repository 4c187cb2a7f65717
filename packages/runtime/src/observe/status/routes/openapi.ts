import { RUNTIME_VERSION } from "../../../base/version.ts";
import { sendJson } from "../exchange.ts";
import type { Route } from "../route.ts";

/** @param routes - All that the document describes. */
export function openApiRoute(routes: () => readonly Route[]): Route {
  return {
    method: "GET",
    path: "/v1/openapi.json",
    handle: async ({ response }) => {
      // Loads zod, which nothing else here needs.
      const { openApiDocument } = await import("../openapi/document.ts");
      sendJson(response, 200, openApiDocument(routes(), RUNTIME_VERSION));
    },
  };
}
