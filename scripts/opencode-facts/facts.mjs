// Each fact of docs/opencode-facts.md that needs the real agent to be seen. Its name is its anchor there.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { AcpProcess } from "../lib/acp-process.mjs";
import { run } from "../lib/child.mjs";
import { freePort, makeRepository, withAgent, writeFiles } from "./agent.mjs";

/**
 * @typedef {{ holds: boolean, shown: string }} Outcome `shown`: what was seen, in one line
 * @typedef {{ folder: string, program: string, quickstart: string }} Bench `folder`: an empty one; `program`: OpenCode;
 *   `quickstart`: a folder with package.json and package-lock.json that ask for the plugin package
 */

/** A tool without dependencies. */
const TOOL = 'export default { description: "a tool", args: {}, async execute() { return "" } };\n';

/** The same, by the package that OpenCode installs. */
const IMPORTING_TOOL = `import { tool } from "@opencode-ai/plugin";
export default tool({ description: "a tool", args: {}, async execute() { return ""; } });
`;

const PROBE_MS = 50;

/** @param {Bench} bench @returns {Promise<Outcome>} */
function lateHandler({ folder, program }) {
  return withAgent({ folder, program }, async (agent) => {
    for (let unanswered = 0; ; ) {
      try {
        await agent.ask("/global/health", { patienceMs: PROBE_MS });
        const shown = `${unanswered} requests were accepted and not answered within ${PROBE_MS} ms before the first one that was`;
        return { holds: unanswered > 0, shown };
      } catch (error) {
        // Before the port is bound a request is refused; after it, it runs into its own time limit.
        if (error instanceof Error && error.name === "TimeoutError") unanswered += 1;
      }
    }
  });
}

/** @param {Bench} bench @returns {Promise<Outcome>} */
async function lazyInstance({ folder, program }) {
  const repository = await makeRepository(join(folder, "repository"), {
    "opencode.json": '{ "username": "of-the-repository" }',
  });
  return withAgent({ folder, program }, async (agent) => {
    await agent.listening();
    await agent.ask("/global/health");
    const early = (await agent.log()).includes("creating instance");
    const elsewhere = (await agent.ask("/config")).body.username;
    const named = (await agent.ask("/config", { directory: repository })).body.username;
    return {
      holds: !early && elsewhere !== "of-the-repository" && named === "of-the-repository",
      shown: `an instance before the first request: ${early ? "yes" : "no"}; username without and with the header: ${elsewhere}, ${named}`,
    };
  });
}

/** @param {Bench} bench @returns {Promise<Outcome>} */
async function readAgain({ folder, program }) {
  /** Whether an instance sees what was written after the start. @param {string} name @param {string[]} before asked before that */
  const sees = (name, before) =>
    withAgent({ folder: join(folder, name), program }, async (agent) => {
      await agent.listening();
      for (const path of before) await agent.ask(path);
      const file = ".config/opencode/opencode.json";
      await writeFiles(agent.home, { [file]: '{ "username": "late" }' });
      const directory = join(folder, name, "repository");
      await mkdir(directory);
      return (await agent.ask("/config", { directory })).body.username === "late";
    });
  const usual = await sees("usual", []);
  const asked = await sees("asked", ["/global/config"]);
  const word = (seen) => (seen ? "seen" : "not seen");
  return {
    holds: usual && !asked,
    shown: `an opencode.json written after the start is ${word(usual)}; after GET /global/config it is ${word(asked)}`,
  };
}

/** @param {Bench} bench @returns {Promise<Outcome>} */
async function readAtTheStart({ folder, program }) {
  const staged = join(folder, "staged");
  const directory = await makeRepository(join(folder, "repository"), { "a.txt": "a" });
  const env = { OPENCODE_CONFIG_DIR: staged };
  return withAgent({ folder, program, env }, async (agent) => {
    await agent.listening();
    await writeFiles(staged, { "opencode.json": '{ "username": "late" }', "tool/late.js": TOOL });
    await mkdir(join(staged, "node_modules"));
    const { username } = (await agent.ask("/config", { directory })).body;
    const tools = (await agent.ask("/experimental/tool/ids", { directory })).body;
    const isListed = Array.isArray(tools) && tools.includes("late");
    return {
      holds: username === "late" && isListed,
      shown: `OPENCODE_CONFIG_DIR made after the start: its configuration is ${username === "late" ? "" : "not "}read, its tool ${isListed ? "" : "not "}listed`,
    };
  });
}

/**
 * Asks for the list of tools in a repository that has one.
 *
 * @param {{ folder: string, program: string, tool: string, dependencies?: string }} options `dependencies`: linked into the
 *   repository's config folder and into the global one
 */
async function listTools({ folder, program, tool, dependencies }) {
  const repository = await makeRepository(join(folder, "repository"), {
    ".opencode/tool/own.js": tool,
  });
  for (const config of [join(repository, ".opencode"), join(folder, "home/.config/opencode")]) {
    if (dependencies === undefined) break;
    await mkdir(config, { recursive: true });
    for (const name of ["node_modules", "package.json", "package-lock.json"]) {
      await symlink(join(dependencies, name), join(config, name));
    }
  }
  return withAgent({ folder, program }, async (agent) => {
    await agent.listening();
    await agent.ask("/session", { method: "POST", body: {}, directory: repository });
    const { body, ms } = await agent.ask("/experimental/tool/ids", { directory: repository });
    return { ms, loaded: Array.isArray(body) && body.includes("own"), repository };
  });
}

/** The plugin package as a stage has it. @param {Bench} bench @returns {Promise<string>} its folder */
async function installDependencies({ folder, quickstart }) {
  const dependencies = join(folder, "dependencies");
  await mkdir(dependencies);
  for (const name of ["package.json", "package-lock.json"]) {
    await cp(join(quickstart, name), join(dependencies, name));
  }
  await run("npm", ["ci", "--ignore-scripts", "--omit=dev"], { cwd: dependencies });
  return dependencies;
}

/** @param {Bench} bench @returns {Promise<Outcome>} */
async function pluginInstall(bench) {
  const { folder, program } = bench;
  const tool = TOOL;
  const alone = await listTools({ folder: join(folder, "alone"), program, tool });
  const installed = existsSync(
    join(alone.repository, ".opencode/node_modules/@opencode-ai/plugin"),
  );
  const dependencies = await installDependencies(bench);
  const linked = await listTools({ folder: join(folder, "linked"), program, tool, dependencies });
  return {
    holds: installed && alone.ms > linked.ms,
    shown: `the list of tools came after ${seconds(alone.ms)} with an install, after ${seconds(linked.ms)} with the dependencies linked`,
  };
}

/** @param {Bench} bench @returns {Promise<Outcome>} */
async function linkedDependencies(bench) {
  const { folder, program } = bench;
  const dependencies = await installDependencies(bench);
  const snapshot = () => run("find", [dependencies, "-printf", "%P %T@ %s\n"]);
  const before = await snapshot();
  const { loaded } = await listTools({ folder, program, tool: IMPORTING_TOOL, dependencies });
  const untouched = before === (await snapshot());
  return {
    holds: loaded && untouched,
    shown: `a tool that imports the package is ${loaded ? "" : "not "}loaded; the linked folder is ${untouched ? "not " : ""}written to`,
  };
}

/**
 * Opens a repository that has a tool by ACP, and then asks for the list of tools.
 *
 * @param {{ folder: string, program: string, dependencies?: string }} options `dependencies`: linked into both config folders
 */
async function listToolsByAcp({ folder, program, dependencies }) {
  const [home, neutral] = [join(folder, "home"), join(folder, "neutral")];
  const global = join(home, ".config/opencode");
  await mkdir(neutral, { recursive: true });
  await writeFiles(global, { "opencode.json": "{}" });
  const cwd = await makeRepository(join(folder, "repository"), { ".opencode/tool/own.js": TOOL });
  for (const config of [join(cwd, ".opencode"), global]) {
    if (dependencies === undefined) break;
    for (const name of ["node_modules", "package.json", "package-lock.json"]) {
      await symlink(join(dependencies, name), join(config, name));
    }
  }
  const port = await freePort();
  const agent = new AcpProcess([program, "acp", "--hostname", "127.0.0.1", "--port", `${port}`], {
    cwd: neutral,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
    },
  });
  try {
    await agent.request("initialize", { protocolVersion: 1, clientCapabilities: {} });
    const logs = join(home, ".local/share/opencode/log");
    const log = (
      await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), "utf8")))
    ).join("");
    await agent.request("session/new", { cwd, mcpServers: [] });
    const before = agent.cpuSeconds();
    const url = `http://127.0.0.1:${port}/experimental/tool/ids`;
    await (
      await fetch(url, { headers: { "x-opencode-directory": encodeURIComponent(cwd) } })
    ).text();
    return {
      startsInstance: log.includes(`"creating instance" directory=${neutral}`),
      seconds: agent.cpuSeconds() - before,
      installed: existsSync(join(global, "node_modules/@opencode-ai/plugin")),
    };
  } finally {
    await agent.end();
  }
}

/** @param {Bench} bench @returns {Promise<Outcome>} */
async function openCodeByAcp(bench) {
  const { folder, program } = bench;
  const alone = await listToolsByAcp({ folder: join(folder, "alone"), program });
  const dependencies = await installDependencies(bench);
  const linked = await listToolsByAcp({ folder: join(folder, "linked"), program, dependencies });
  return {
    holds: alone.startsInstance && alone.installed && alone.seconds > linked.seconds,
    shown: `an instance of the folder that it is started in, before initialize: ${alone.startsInstance ? "yes" : "no"}; the list of tools took ${alone.seconds.toFixed(1)} s of CPU with an install, ${linked.seconds.toFixed(1)} s with the dependencies linked`,
  };
}

/** @param {Bench} bench @returns {Promise<Outcome>} */
async function ownPackageJson({ folder, program }) {
  const repository = await makeRepository(join(folder, "repository"), {
    ".opencode/tool/own.js": TOOL,
    ".opencode/package.json": '{ "dependencies": {} }\n',
    ".gitignore": "node_modules\npackage-lock.json\n.opencode/.gitignore\n",
  });
  return withAgent({ folder, program }, async (agent) => {
    await agent.listening();
    const { ms } = await agent.ask("/experimental/tool/ids", { directory: repository });
    const status = (await run("git", ["-C", repository, "status", "--porcelain"])).trim();
    return {
      holds: status.includes(".opencode/package.json"),
      shown: `the list of tools came after ${seconds(ms)}; git status then: ${status || "clean"}`,
    };
  });
}

/** @param {Bench} bench @returns {Promise<Outcome>} */
async function modelsFetch({ folder, program }) {
  /** @param {string} name @param {string} disabled value of the variable @returns {Promise<number>} requests for the catalogue */
  const fetches = async (name, disabled) => {
    let requests = 0;
    const catalogue = createServer((_request, response) => {
      requests += 1;
      response.end("{}");
    });
    catalogue.listen(0, "127.0.0.1");
    await once(catalogue, "listening");
    const { port } = /** @type {import("node:net").AddressInfo} */ (catalogue.address());
    const env = {
      OPENCODE_MODELS_URL: `http://127.0.0.1:${port}`,
      OPENCODE_DISABLE_MODELS_FETCH: disabled,
    };
    await withAgent({ folder: join(folder, name), program, env }, async (agent) => {
      await agent.listening();
      await agent.ask("/config/providers", { directory: join(folder, name) });
    });
    catalogue.closeAllConnections();
    catalogue.close();
    return requests;
  };
  const usual = await fetches("usual", "");
  const disabled = await fetches("disabled", "1");
  return {
    holds: usual > 0 && disabled === 0,
    shown: `requests for the catalogue of models: ${usual}; with OPENCODE_DISABLE_MODELS_FETCH=1: ${disabled}`,
  };
}

/** A catalogue of one provider, which the variable KEY enables. @param {string} id */
const catalogueOf = (id) =>
  JSON.stringify({
    [id]: {
      id,
      name: id,
      env: ["KEY"],
      npm: "@ai-sdk/openai-compatible",
      api: "http://127.0.0.1:9",
      models: { m: { id: "m", name: "M", limit: { context: 1, output: 1 } } },
    },
  });

/** @param {Bench} bench @returns {Promise<Outcome>} */
async function lazyCatalogue({ folder, program }) {
  /** The ids of the providers, with this catalogue there at last. @param {string} name @param {string | null} last */
  const providers = async (name, last) => {
    const home = join(folder, name);
    const directory = await makeRepository(join(home, "repository"), { "README.md": "" });
    const models = join(home, "models.json");
    const env = { OPENCODE_MODELS_PATH: models, KEY: "key" };
    return withAgent({ folder: home, program, env }, async (agent) => {
      await agent.listening();
      await writeFile(models, catalogueOf("early"));
      await agent.ask("/session", { method: "POST", body: {}, directory });
      await agent.ask("/config", { directory });
      await rm(models);
      if (last !== null) await writeFile(models, last);
      const { body, ms } = await agent.ask("/config/providers", { directory });
      return { ids: body.providers.map(({ id }) => id).join(", "), ms };
    });
  };
  const late = await providers("late", catalogueOf("late"));
  const none = await providers("none", null);
  return {
    holds: late.ids === "late" && none.ids === "opencode",
    shown: `written after the session: ${late.ids}, ${seconds(late.ms)}; removed after it: ${none.ids}, from the one that is built in, ${seconds(none.ms)}`,
  };
}

/** @param {Bench} bench @returns {Promise<Outcome>} */
function inlineConfig({ folder, program }) {
  const env = { OPENCODE_CONFIG_CONTENT: '{ "username": "inline" }' };
  return withAgent({ folder, program, env }, async (agent) => {
    await agent.listening();
    const { username } = (await agent.ask("/config", { directory: folder })).body;
    return { holds: username === "inline", shown: `username is ${JSON.stringify(username)}` };
  });
}

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** @type {Readonly<Record<string, (bench: Bench) => Promise<Outcome>>>} */
/**
 * Reads a workspace whose configuration has an MCP server, and skills and instructions by URL. Who is asked or started shows
 * whether a read is harmless.
 *
 * @param {Bench} bench @returns {Promise<Outcome>}
 */
async function harmlessReads({ folder, program }) {
  /** @type {string[]} */
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const url = `http://127.0.0.1:${port}`;
  const started = join(folder, "mcp-was-started");
  const repository = await makeRepository(join(folder, "repository"), {
    "opencode.json": JSON.stringify({
      mcp: {
        local: { type: "local", command: ["touch", started] },
        remote: { type: "remote", url: `${url}/mcp` },
      },
      skills: { urls: [`${url}/skills/`] },
      instructions: [`${url}/instructions.md`],
    }),
  });
  /** @param {string} name @param {string[]} paths */
  const reached = (name, paths) =>
    withAgent({ folder: join(folder, name), program }, async (agent) => {
      asked.length = 0;
      await rm(started, { force: true });
      await agent.listening();
      await agent.ask("/session", { method: "POST", directory: repository, body: {} });
      for (const path of paths) await agent.ask(path, { directory: repository });
      return [...(existsSync(started) ? ["the MCP server"] : []), ...new Set(asked)];
    });
  try {
    const harmless = await reached("harmless", ["/config/providers", "/file?path=."]);
    const others = await reached("others", ["/command"]);
    const list = (names) => (names.length === 0 ? "nothing" : names.join(", "));
    return {
      holds: harmless.length === 0 && others.includes("the MCP server"),
      shown: `the reads reach ${list(harmless)}; GET /command reaches ${list(others)}`,
    };
  } finally {
    server.close();
  }
}

export const facts = {
  "late-handler": lateHandler,
  "lazy-instance": lazyInstance,
  "read-again": readAgain,
  "read-at-the-start": readAtTheStart,
  "plugin-install": pluginInstall,
  "linked-dependencies": linkedDependencies,
  "opencode-by-acp": openCodeByAcp,
  "own-package-json": ownPackageJson,
  "models-fetch": modelsFetch,
  "lazy-catalogue": lazyCatalogue,
  "inline-config": inlineConfig,
  "harmless-reads": harmlessReads,
};
