import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { DEFAULT_STATE_DIR, SOCKET_NAME } from "@sandboot/runtime/protocol";
import type { Endpoint } from "@sandboot/runtime/protocol/client";

export interface Places {
  /** Where they come from. package.json has a welcome text for each. */
  readonly from: "setting" | "env" | "default";
  /** In the order of attempts. */
  readonly places: readonly Endpoint[];
}

const DEFAULT_SOCKET = join(DEFAULT_STATE_DIR, SOCKET_NAME);

/**
 * A setting takes precedence over the environment, the environment over the default.
 *
 * @param folders - The workspace's folders. A relative path is looked for in each.
 */
export function findPlaces(options: {
  readonly socketPath: string;
  readonly url: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folders: readonly string[];
  readonly home?: string;
}): Places {
  const { socketPath, url, env, folders, home = homedir() } = options;
  const sockets = (path: string, bases: readonly string[]): Endpoint[] => {
    const expanded = path.startsWith("~/") ? join(home, path.slice(2)) : path;
    const paths = isAbsolute(expanded) ? [expanded] : bases.map((base) => join(base, expanded));
    return paths.map((each) => ({ id: "socket", socketPath: each }));
  };
  if (url !== "") {
    const token = env["SANDBOOT_TOKEN"] ?? null;
    return { from: "setting", places: [{ id: "url", url, token }] };
  }
  if (socketPath !== "") return { from: "setting", places: sockets(socketPath, folders) };
  const named = env["SANDBOOT_SOCKET"] ?? "";
  if (named !== "") return { from: "env", places: sockets(named, folders) };
  return { from: "default", places: sockets(DEFAULT_SOCKET, [...folders, home]) };
}

/** The path of a socket, nothing for a URL; for `flatMap`. */
export function socketOf(place: Endpoint): string[] {
  return place.id === "socket" ? [place.socketPath] : [];
}
