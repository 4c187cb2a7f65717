import type { Env } from "../platform.ts";

/** Ports that its images use (facts: its constants.py). */
export const PORTS = { agent: 4096, terminalProxy: 7680 } as const;

/** Where the control plane answers for a session. */
export function sessionPath(sessionId: string, name: string): string {
  return `/sessions/${encodeURIComponent(sessionId)}/${name}`;
}

/** @param plane - Its URL, with or without a slash at the end. */
export function sessionUrl(plane: string, sessionId: string, name: string): string {
  return plane.replace(/\/+$/, "") + sessionPath(sessionId, name);
}

/** Where the rest of the system looks for our files, whatever TMPDIR says. */
export function filesOf(env: Env) {
  // Tests run several sandboxes on one machine.
  const own = env["SANDBOOT_OPEN_INSPECT_FILES"];
  const folder = own || "/tmp";
  return {
    tunnels: `${own || "/workspace"}/.tunnels.env`,
    manifest: `${folder}/oi-repo-manifest.json`,
    warnings: `${folder}/oi-boot-warnings.jsonl`,
    events: `${folder}/oi-boot-events.jsonl`,
    /** Why the bridge has ended with exit code 78, in its own words. */
    bridgeError: `${folder}/oi-bridge-fatal-error.txt`,
    programs: own ? `${own}/bin` : "/app/sandbox_runtime/bin",
    bin: env["OPENINSPECT_BIN_INSTALL_DIR"] || "/usr/local/bin",
  } as const;
}
