import type { Cleanup } from "../base/cleanup.ts";
import { causeOf } from "../base/failed.ts";
import { runtimeWarning } from "../base/warned.ts";
import type { Config } from "../config/config.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { Follower } from "../platforms/platform.ts";
import { loadPlatform } from "../platforms/registry.ts";

/** Lets the platform follow a boot, before the boot starts its first process. @returns null when it does not. */
export async function followPlatform(
  config: Config,
  bus: EventBus,
  cleanup: Cleanup,
): Promise<Follower | null> {
  const platform = await loadPlatform(config.platform);
  const { mode, env, workspace, repositories } = config;
  const warn = (path: string, error: unknown) => {
    const cause = causeOf(error, path);
    bus.emit(runtimeWarning({ code: "platform-file-not-written", path, cause }));
  };
  const subscribe = bus.subscribe.bind(bus);
  const follower = platform?.follow?.({ mode, env, workspace, repositories, subscribe, warn });
  if (follower === undefined) return null;
  cleanup.defer(() => follower[Symbol.dispose]());
  return follower;
}
