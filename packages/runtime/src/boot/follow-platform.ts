import type { Cleanup } from "../base/cleanup.ts";
import { causeOf } from "../base/failed.ts";
import type { Redactor } from "../base/redact.ts";
import { runtimeWarning } from "../base/warned.ts";
import type { Config } from "../config/config.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { Follower } from "../platforms/platform.ts";
import { loadPlatform } from "../platforms/registry.ts";

/** Lets the platform follow a boot, before the boot starts its first process. @returns null when it does not. */
export async function followPlatform(
  config: Config,
  { bus, redactor, cleanup }: Readonly<{ bus: EventBus; redactor: Redactor; cleanup: Cleanup }>,
): Promise<Follower | null> {
  const platform = await loadPlatform(config.platform);
  const { mode, env, workspace, repositories } = config;
  const warn = (path: string, error: unknown) => {
    const cause = causeOf(error, path);
    bus.emit(runtimeWarning({ code: "platform-file-not-written", path, cause }));
  };
  const subscribe = bus.subscribe.bind(bus);
  const { redact } = redactor;
  const boot = { mode, env, workspace, repositories, subscribe, redact, warn };
  const follower = platform?.follow?.(boot);
  if (follower === undefined) return null;
  cleanup.defer(() => follower[Symbol.dispose]());
  return follower;
}
