// The agents that speak ACP, for tests, benchmarks and facts, from the npm registry into .cache/acp-agents/<name>-<version>.
// Their native programs come as packages of their own, so nothing is compiled and no install script runs.
// `node scripts/acp-agents.mjs [NAME…]` installs them and prints where they are.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root, runScript, toolEnvironment } from "./bootstrap.mjs";
import { CommandError, run } from "./lib/child.mjs";
import { step } from "./lib/progress.mjs";

/**
 * The versions that docs/agents.md speaks of. OpenCode is a development dependency of the runtime.
 *
 * @type {Readonly<Record<string, { package: string, version: string, command: readonly string[] }>>}
 */
export const ACP_AGENTS = {
  claude: {
    package: "@agentclientprotocol/claude-agent-acp",
    version: "0.101.0",
    command: ["claude-agent-acp"],
  },
  codex: {
    package: "@agentclientprotocol/codex-acp",
    version: "2.6.0",
    command: ["codex-acp"],
  },
  gemini: { package: "@google/gemini-cli", version: "0.61.0", command: ["gemini", "--acp"] },
  "sandbox-agent": { package: "sandbox-agent", version: "0.4.2", command: ["sandbox-agent"] },
};

const INSTALLING = "installing-";

/**
 * Installs an agent once and keeps it. Installed beside its place and renamed into it, so an install that was killed leaves
 * no half.
 *
 * @param {string} name of {@link ACP_AGENTS}
 * @param {{ note?: (how: string) => void }} [options] `note` hears what is being done
 * @returns {Promise<readonly string[]>} its command, the program as an absolute path
 * @throws {CommandError} when npm fails
 */
export async function ensureAcpAgent(name, { note = () => {} } = {}) {
  const agent = ACP_AGENTS[name];
  if (agent === undefined) {
    throw new Error(`no agent is called ${name}; there are: ${Object.keys(ACP_AGENTS).join(", ")}`);
  }
  const cache = join(root, ".cache", "acp-agents");
  const home = join(cache, `${name}-${agent.version}`);
  const [program, ...args] = agent.command;
  if (existsSync(home)) note("already there");
  else await install(cache, home, `${agent.package}@${agent.version}`, note);
  return [join(home, "node_modules", ".bin", program), ...args];
}

/**
 * The same, for a test that is skipped when the registry does not have the agent.
 *
 * @param {string} name
 * @returns {Promise<{ command: readonly string[] } | { missing: string }>} `missing`: why
 */
export async function tryAcpAgent(name) {
  try {
    return { command: await ensureAcpAgent(name) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const line = error.output.trim().split("\n")[0] ?? error.message;
    return { missing: `npm has no ${name}: ${line}` };
  }
}

/** @param {string} cache @param {string} home @param {string} spec @param {(how: string) => void} note */
async function install(cache, home, spec, note) {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, `${INSTALLING}${process.pid}-`));
  try {
    note(`fetching ${spec}`);
    await writeFile(join(folder, "package.json"), '{ "private": true }\n');
    const flags = ["--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"];
    await run("npm", ["install", ...flags, "--loglevel=error", spec], {
      cwd: folder,
      env: toolEnvironment,
    });
    await rename(folder, home).catch(async (/** @type {Error} */ error) => {
      // Another install of the same version was first; one is as good as the other.
      if (!existsSync(home)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  await runScript(async () => {
    const names = process.argv.slice(2);
    for (const name of names.length > 0 ? names : Object.keys(ACP_AGENTS)) {
      const command = await step(name, (note) => ensureAcpAgent(name, { note }));
      process.stdout.write(`${command?.join(" ")}\n`);
    }
    return 0;
  });
}
