import type { Route } from "../route.ts";
import { eventRoutes } from "./events.ts";
import { gitCredentialRoute } from "./git-credential.ts";
import { lifecycleRoutes } from "./lifecycle.ts";
import { metricsRoutes } from "./metrics.ts";
import { openApiRoute } from "./openapi.ts";
import { probeRoutes } from "./probes.ts";
import { processRoutes } from "./processes.ts";
import { stateRoutes } from "./state.ts";

/** All routes of the status API. */
export const routes: readonly Route[] = [
  ...probeRoutes,
  ...stateRoutes,
  ...eventRoutes,
  ...processRoutes,
  ...lifecycleRoutes,
  gitCredentialRoute,
  ...metricsRoutes,
  openApiRoute(() => routes),
];
