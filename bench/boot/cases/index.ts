import { adoptCase } from "./adopt.ts";
import { before } from "./before.ts";
import type { BootCase } from "./case.ts";
import { modes } from "./modes.ts";
import { openInspect } from "./open-inspect.ts";
import { ownDependencies } from "./own-dependencies.ts";
import { readiness } from "./readiness.ts";
import { repoImage } from "./repo-image.ts";
import { sequential } from "./sequential.ts";
import { sidecarPriority } from "./sidecar-priority.ts";
import { sidecars } from "./sidecars.ts";
import { slowHook } from "./slow-hook.ts";
import { slowRemote } from "./slow-remote.ts";

/** The first is what `npm run bench -- boot` runs unless told otherwise. */
export const cases: readonly [BootCase, ...BootCase[]] = [
  repoImage,
  before,
  modes,
  sequential,
  slowHook,
  slowRemote,
  readiness,
  sidecarPriority,
  sidecars,
  adoptCase,
  ownDependencies,
  openInspect,
];
