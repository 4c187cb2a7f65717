// `npm run dev`: every package's bundler watches its sources, and the demo sandbox is booted again whenever the
// runtime's bundle really changes.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import {
  buildPackages,
  ensureDependencies,
  nodeBinary,
  root,
  runScript,
  toolEnvironment,
} from "./bootstrap.mjs";
import { stream } from "./lib/child.mjs";
import { bold, dim } from "./lib/progress.mjs";

const quickstart = join(root, "examples", "quickstart");
const runtimeDist = join(root, "packages", "runtime", "dist");

// A bundler writes its files one after another.
const SETTLE_MS = 200;

const say = (text) => process.stdout.write(`${dim("dev")} ${bold(text)}\n`);

/** Names and contents of the bundle: a bundler that starts rewrites what did not change. */
function bundleDigest() {
  const hash = createHash("sha256");
  for (const name of readdirSync(runtimeDist).sort()) {
    if (name.endsWith(".js")) hash.update(name).update(readFileSync(join(runtimeDist, name)));
  }
  return hash.digest("hex");
}

/**
 * Calls `onChange` once the bundle has changed and come to rest.
 *
 * @param {() => void} onChange
 * @returns {import("node:fs").FSWatcher}
 */
function watchBundle(onChange) {
  let digest = bundleDigest();
  /** @type {NodeJS.Timeout | undefined} */
  let settling;
  const watcher = watch(runtimeDist, () => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      const now = bundleDigest();
      if (now === digest) return;
      digest = now;
      onChange();
    }, SETTLE_MS);
  });
  watcher.once("close", () => clearTimeout(settling));
  return watcher;
}

/** The demo sandbox, one runtime at a time. In a session of its own: a Ctrl-C reaches it through us, once. */
function bootDemo() {
  const child = spawn(
    nodeBinary,
    [
      join(runtimeDist, "cli.js"),
      "boot",
      "--config",
      join(quickstart, "sandboot.jsonc"),
      ...process.argv.slice(2),
    ],
    {
      // The bundlers write to the same terminal.
      env: { ...toolEnvironment, SANDBOOT_PROGRESS: "lines" },
      stdio: ["ignore", "inherit", "inherit"],
      detached: true,
    },
  );
  const closed = once(child, "close");
  let stopping = false;
  closed.then(
    ([code]) => {
      if (!stopping) say(`runtime ended with exit code ${code}; the next change boots it again`);
    },
    (error) => say(`runtime could not be started: ${error.message}`),
  );
  return {
    async stop() {
      stopping = true;
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await closed.catch(() => {});
    },
  };
}

await runScript(async () => {
  await ensureDependencies();
  await buildPackages();
  const demo = await stream(nodeBinary, [join(quickstart, "make-demo.mjs")], {
    env: toolEnvironment,
  });
  if (demo !== 0) return demo;

  // These handlers stay: npm passes on a Ctrl-C that has reached us already, and that must not end us halfway.
  const askedToStop = new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, resolve);
  });
  const bundlers = spawn(
    join(root, "node_modules", ".bin", "turbo"),
    ["run", "dev", "--ui=stream", "--output-logs=new-only"],
    {
      cwd: root,
      env: toolEnvironment,
      stdio: ["ignore", "inherit", "inherit"],
      detached: true,
    },
  );
  const bundlersClosed = once(bundlers, "close");
  let runtime = bootDemo();
  // One restart after another, however fast the changes come.
  let restarting = Promise.resolve();
  let restartWanted = false;
  const watcher = watchBundle(() => {
    if (restartWanted) return;
    restartWanted = true;
    restarting = restarting.then(async () => {
      restartWanted = false;
      say("runtime changed, restarting");
      await runtime.stop();
      runtime = bootDemo();
    });
  });
  try {
    await Promise.race([askedToStop, bundlersClosed]);
  } finally {
    watcher.close();
    await restarting;
    await runtime.stop();
    bundlers.kill("SIGTERM");
    await bundlersClosed;
  }
  return 0;
});
