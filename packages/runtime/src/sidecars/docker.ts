import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { DockerConfig } from "../config/service-schema.ts";
import type { SidecarConfig } from "../config/sidecar-schema.ts";

/**
 * A Docker daemon that is there before the hooks. What it needs besides the images lies in the state folder, so that it meets
 * no other daemon's socket or pid.
 */
export function dockerService(docker: DockerConfig, stateDir: string): SidecarConfig {
  const { restart, optional, priority, readySeconds, env, args } = docker;
  const { socket, pidFile, run } = placesIn(stateDir);
  const host = `unix://${socket}`;
  return {
    ...{ restart, optional, priority, readySeconds, env },
    id: "dockerd",
    command: ["dockerd", "--host", host, "--pidfile", pidFile, "--exec-root", run, ...args],
    cwd: stateDir,
    before: "hooks",
    after: [],
    provides: { DOCKER_HOST: host },
    readiness: { socket, httpPath: "/_ping" },
  };
}

/** Removes the pids that killed daemons have left: by now they may be another program's, which dockerd would take for its own. */
export async function forgetKilledDaemons(stateDir: string): Promise<void> {
  const { pidFile, run } = placesIn(stateDir);
  const ofContainerd = join(run, "containerd", "containerd.pid");
  await Promise.all(
    [pidFile, ofContainerd].map((path) => rm(path, { recursive: true, force: true })),
  );
}

function placesIn(stateDir: string) {
  return {
    socket: join(stateDir, "docker.sock"),
    pidFile: join(stateDir, "docker.pid"),
    /** Short, because containerd's sockets lie below it. */
    run: join(stateDir, "docker"),
  };
}
