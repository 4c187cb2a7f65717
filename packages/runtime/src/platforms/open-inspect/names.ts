import type { Env } from "../platform.ts";

/** Ports that its images use (facts: its constants.py). */
export const PORTS = { agent: 4096, terminalProxy: 7680 } as const;

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
    programs: own ? `${own}/bin` : "/app/sandbox_runtime/bin",
    bin: env["OPENINSPECT_BIN_INSTALL_DIR"] || "/usr/local/bin",
  } as const;
}
