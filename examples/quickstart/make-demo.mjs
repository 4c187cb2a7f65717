// Makes what the quickstart boots, below .sandboot/demo at the repository's root: a bare origin, a checkout that is a few
// commits behind it, and a stage. Only what changed is made again; the checkout is put back every time.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runScript } from "../../scripts/bootstrap.mjs";
import { run } from "../../scripts/lib/child.mjs";
import { ALREADY_THERE, step } from "../../scripts/lib/progress.mjs";
import { ensureOrigin, resetCheckout } from "./demo/repository.mjs";

const quickstart = fileURLToPath(new URL(".", import.meta.url));
const repositoryRoot = join(quickstart, "..", "..");

/** Where the demo lives by default; git-ignored. */
export const demoFolder = join(repositoryRoot, ".sandboot", "demo");

/** The socket of the demo's runtime, as sandboot.jsonc places it. */
const demoSocket = join(repositoryRoot, ".sandboot", "state", "runtime.sock");

/**
 * @param {string} socketPath
 * @returns {Promise<boolean>} whether a runtime answers there
 */
export function isRunning(socketPath) {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/**
 * Makes origin and checkout.
 *
 * @param {string} folder for both
 * @param {string} [socket] of a runtime that may be using the checkout
 * @returns {Promise<{ made: boolean, commitsBehind: number }>}
 * @throws {Error} when a demo sandbox is using the checkout
 */
export async function makeRepositories(folder, socket) {
  if (socket !== undefined && (await isRunning(socket))) {
    throw new Error(
      "a demo sandbox is running already: end it with Ctrl-C in its own terminal first",
    );
  }
  const origin = join(folder, "origin.git");
  const made = await ensureOrigin(origin);
  const commitsBehind = await resetCheckout({ origin, folder: join(folder, "workspace", "shop") });
  return { made, commitsBehind };
}

/** The program of the agent that this repository installs. */
const agent = join(repositoryRoot, "node_modules", "opencode-linux-x64");

/**
 * Builds the stage with `sandboot-stage build`, unless the one that is there came from the same files.
 *
 * @param {string} [folder] the stage is `stage` in it
 * @param {string} [node] what runs `sandboot-stage`
 * @returns {Promise<boolean>} whether it had to be built
 */
export async function makeStage(folder = demoFolder, node = process.execPath) {
  const stage = join(folder, "stage");
  const stager = join(repositoryRoot, "packages", "stager", "dist", "cli.js");
  const inputs = await digest([
    join(quickstart, "stage.plan.json"),
    join(quickstart, "package.json"),
    join(quickstart, "package-lock.json"),
    join(quickstart, "tool"),
    join(quickstart, "skill"),
    join(repositoryRoot, "packages", "stager", "dist"),
    join(agent, "package.json"),
    // The plan does without the panel where it was not built.
    ...[join(repositoryRoot, "packages", "vscode-ext", "sandboot-vscode.vsix")].filter(existsSync),
  ]);
  const inputsFile = join(folder, "stage-inputs");
  const found = await readFile(inputsFile, "utf8").catch(() => "");
  // stage.json is written last: a stage that has it was built to the end.
  if (found === inputs && existsSync(join(stage, "stage.json"))) return false;
  await rm(inputsFile, { force: true });
  const plan = join(quickstart, "stage.plan.json");
  // The build starts the agent by its name.
  const env = { ...process.env, PATH: `${join(agent, "bin")}:${process.env.PATH}` };
  await run(node, [stager, "build", "--plan", plan, "--out", stage], { env });
  await writeFile(inputsFile, inputs);
  return true;
}

/** A hash over names and contents of files and folders. */
async function digest(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const names = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => null);
    const files = names
      ?.filter((entry) => entry.isFile() && !entry.name.endsWith(".map"))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort() ?? [path];
    for (const file of files)
      hash
        .update(file)
        .update("\0")
        .update(await readFile(file))
        .update("\0");
  }
  return hash.digest("hex");
}

async function main() {
  await step("demo repository", async (note) => {
    const { made, commitsBehind } = await makeRepositories(demoFolder, demoSocket);
    const checkout = `checkout ${commitsBehind} commits behind`;
    note(made ? `origin made, ${checkout}` : checkout);
  });
  await step("stage", async (note) => {
    note("sandboot-stage build");
    return (await makeStage()) ? undefined : ALREADY_THERE;
  });
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runScript(main);
