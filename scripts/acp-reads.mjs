// `npm run facts:acp [-- NAME…]`: what each agent that speaks ACP opens until it has answered `initialize`, and what it opens
// until it has answered `session/new`, with the CPU that both take. docs/agents.md and the presets' read sets rest on it.
// Needs strace. The agents run without keys and without network, in a home and a repository of their own.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensureAcpAgent } from "./acp-agents.mjs";
import { ensureDependencies, root, runScript, toolEnvironment } from "./bootstrap.mjs";
import { AcpProcess } from "./lib/acp-process.mjs";
import { bold, dim } from "./lib/progress.mjs";

/** Files that an agent might look for: what it opens of them, and when, is what we want to know. */
const PROJECT_FILES = [
  "AGENTS.md",
  "CLAUDE.md",
  "GEMINI.md",
  ".mcp.json",
  ".claude/settings.json",
  ".codex/config.toml",
  ".gemini/settings.json",
  ".env",
];

/** Where an administrator puts settings that apply to everybody. */
const OF_THE_MACHINE = /^\/etc\/(?:claude-code|codex|gemini-cli|opencode)\//;

/** No agent asks its model before the first prompt. */
const KEYS = { ANTHROPIC_API_KEY: "none", OPENAI_API_KEY: "none", GEMINI_API_KEY: "none" };

/** How those authenticate that have to be told. */
const METHODS = { "api-key": true, "gemini-api-key": true };

const INITIALIZE = {
  protocolVersion: 1,
  clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
  clientInfo: { name: "sandboot", version: "0" },
};

/** @param {string} name @returns {Promise<readonly string[]>} */
async function commandOf(name) {
  if (name !== "opencode") return await ensureAcpAgent(name);
  return [join(root, "node_modules/opencode-linux-x64/bin/opencode"), "acp"];
}

/**
 * Starts an agent under strace, and asks it for a session in a repository that has every file that one of them looks for.
 *
 * @param {string} name
 * @param {string} folder an empty one
 */
async function look(name, folder) {
  const [home, neutral, repository] = ["home", "neutral", "repository"].map((part) =>
    join(folder, part),
  );
  for (const part of [home, neutral, repository]) await mkdir(part);
  for (const file of PROJECT_FILES) {
    await mkdir(dirname(join(repository, file)), { recursive: true });
    await writeFile(join(repository, file), file.endsWith(".json") ? "{}\n" : "\n");
  }
  const trace = join(folder, "trace");
  const agent = new AcpProcess(
    ["strace", "-f", "-qq", "-s4096", "-e", "trace=%file", "-o", trace, ...(await commandOf(name))],
    { cwd: neutral, env: { PATH: toolEnvironment.PATH, HOME: home, LANG: "C.UTF-8" } },
  );
  try {
    const initialized = await agent.request("initialize", INITIALIZE);
    const early = (await readFile(trace, "utf8")).length;
    const session = await agent.request("session/new", { cwd: repository, mcpServers: [] });
    const text = await readFile(trace, "utf8");
    const places = { "~": home, "<repository>": repository, "<cwd>": neutral };
    return {
      version: initialized.result?.agentInfo?.version,
      session: session.error?.message ?? "made",
      early: pathsIn(text.slice(0, early), places),
      late: pathsIn(text.slice(early), places),
    };
  } finally {
    await agent.end();
  }
}

/**
 * The same without strace: seconds of CPU until both answers.
 *
 * @param {string} name
 * @param {string} folder an empty one
 */
async function measure(name, folder) {
  const [home, repository] = ["quick-home", "quick-repository"].map((part) => join(folder, part));
  for (const part of [home, repository]) await mkdir(part);
  const env = { PATH: toolEnvironment.PATH, HOME: home, LANG: "C.UTF-8", ...KEYS };
  const agent = new AcpProcess(await commandOf(name), { cwd: home, env });
  try {
    const { result } = await agent.request("initialize", INITIALIZE);
    const initialize = agent.cpuSeconds();
    const method = result.authMethods?.find((/** @type {any} */ { id }) => id in METHODS);
    if (method !== undefined) await agent.request("authenticate", { methodId: method.id });
    const { error } = await agent.request("session/new", { cwd: repository, mcpServers: [] });
    if (error !== undefined) throw new Error(`${name}: session/new: ${error.message}`);
    return { initialize, session: agent.cpuSeconds() - initialize };
  } finally {
    await agent.end();
  }
}

/**
 * The files in these places, and in /etc, that system calls asked for. What is asked for and missing counts: it may come.
 *
 * @param {string} trace
 * @param {Record<string, string>} places folders by the name that they are shown with
 */
function pathsIn(trace, places) {
  const found = new Set();
  for (const [, path] of trace.matchAll(/"(\/[^"]*)"/g)) {
    for (const [name, folder] of Object.entries(places)) {
      if (path.startsWith(`${folder}/`)) found.add(`${name}${path.slice(folder.length)}`);
    }
    if (OF_THE_MACHINE.test(path)) found.add(path);
  }
  return [...found].sort();
}

await runScript(async () => {
  await ensureDependencies();
  const names = process.argv.slice(2);
  for (const name of names.length > 0 ? names : ["claude", "codex", "gemini", "opencode"]) {
    const folder = await mkdtemp(join(tmpdir(), "acp-reads-"));
    try {
      const cpu = await measure(name, folder);
      const { version, session, early, late } = await look(name, folder);
      const list = (/** @type {string[]} */ paths) => paths.map((path) => `    ${path}\n`).join("");
      process.stdout.write(`${bold(`${name} ${version}`)} ${dim(`session/new: ${session}`)}\n`);
      const took = (/** @type {number} */ seconds) => dim(`${seconds.toFixed(1)} s of CPU`);
      process.stdout.write(
        `  until initialize was answered, ${took(cpu.initialize)}\n${list(early)}`,
      );
      process.stdout.write(`  until session/new was answered, ${took(cpu.session)}\n${list(late)}`);
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }
  return 0;
});
