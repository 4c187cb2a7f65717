export {
  type AssembleOptions,
  type AssembleResult,
  assembleConfig,
} from "./assemble/assemble.ts";
export type { AssembleWarning } from "./assemble/merge-task.ts";
export { type BuildOptions, buildStage } from "./build/build.ts";
export { StageBuildError, StagePlanError } from "./build-error.ts";
export { type AskedProvider, type Asker, askedProviders } from "./catalogue/asked.ts";
export {
  CATALOGUE_FOLDER,
  type CatalogueIndex,
  INDEX_FILE,
  MODELS_FILE,
  readCatalogueIndex,
} from "./catalogue/catalogue.ts";
export { copyFolders, copyPaths, type FolderCopy } from "./install/folders.ts";
export {
  type InstallEvent,
  type InstallOptions,
  type InstallResult,
  installStage,
  StageNotInstalled,
  uninstallStage,
} from "./install/install.ts";
export type { LegacySource } from "./install/legacy.ts";
export type { InstallItem, ItemResult } from "./install/result.ts";
export { type FolderLock, lockFolder } from "./lock.ts";
export { FILES_FOLDER, type StageEntry, type StageManifest, StageUnusable } from "./manifest.ts";
export { createStagePool, type StagePool, type StagePoolOptions, WorkerDied } from "./pool.ts";
export { changedPaths, fingerprint } from "./read/fingerprint.ts";
export type { Fingerprint } from "./read/fingerprint-task.ts";
export { prefetch } from "./read/prefetch.ts";
export { makeFolder } from "./tree/make-folder.ts";
export { readStageContents, type StageContents } from "./verify/contents.ts";
export { verifyStage } from "./verify/verify.ts";
export type { StageProblem } from "./verify/verify-task.ts";
