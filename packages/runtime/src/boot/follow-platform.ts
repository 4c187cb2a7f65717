import type { Cleanup } from "../base/cleanup.ts";
import { causeOf } from "../base/failed.ts";
import { runtimeWarning } from "../base/warned.ts";
import { loadPlatform } from "../platforms/registry.ts";
import type { Sandbox } from "./sandbox.ts";

/** Lets the platform follow a boot, before the boot starts its first process. */
export async function followPlatform({ config, bus }: Sandbox, cleanup: Cleanup): Promise<void> {
  const platform = await loadPlatform(config.platform);
  const { mode, env, workspace, repositories } = config;
  const warn = (path: string, error: unknown) => {
    const cause = causeOf(error, path);
    bus.emit(runtimeWarning({ code: "platform-file-not-written", path, cause }));
  };
  const subscribe = bus.subscribe.bind(bus);
  const follower = platform?.follow?.({ mode, env, workspace, repositories, subscribe, warn });
  if (follower !== undefined) cleanup.defer(() => follower[Symbol.dispose]());
}
