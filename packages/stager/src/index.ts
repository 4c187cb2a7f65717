export { changedPaths, fingerprint } from "./fingerprint.ts";
export type { Fingerprint } from "./fingerprint-task.ts";
export {
  type InstallEvent,
  type InstallOptions,
  type InstallResult,
  installStage,
  type LegacySource,
} from "./install.ts";
export { createStagePool, type StagePool, type StagePoolOptions } from "./pool.ts";
export { prefetch } from "./prefetch.ts";
export type { InstallItem, ItemResult } from "./result.ts";
