import type { Route } from "../route.ts";

export const metricsRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/metrics",
    measures: true,
    handle: async ({ response, control, durations }) => {
      // prom-client is loaded at the first request, so that no boot waits for it.
      const { renderMetrics } = await import("../metrics.ts");
      const { user, system } = process.cpuUsage();
      const { contentType, text } = await renderMetrics(control.bus.state, durations, {
        residentBytes: process.memoryUsage.rss(),
        cpuSeconds: (user + system) / 1_000_000,
      });
      response.writeHead(200, { "content-type": contentType, "cache-control": "no-store" });
      response.end(text);
    },
  },
];
