// `npm run criu`: CRIU dumps a whole seed with real OpenCode and restores it twice, as two tenants. Root only, on Debian;
// elsewhere it says why it is skipped.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureDebianPackages, root, runScript } from "./bootstrap.mjs";
import { CommandError, run, stream } from "./lib/child.mjs";
import { assertDebian, librariesBelow, loaderIn, unpackLater } from "./lib/later-debian.mjs";
import { ALREADY_THERE, step, Unavailable } from "./lib/progress.mjs";

const cache = join(root, ".cache", "criu");

/** A shell as PID 1: it ends what nobody waits for. It closes what it has inherited, which lies outside of the namespace. */
const PID_1 = 'for fd in $(seq 3 255); do eval "exec $fd>&-"; done; "$@"; exit $?';

/** CRIU 4 reads this kernel's vDSO, which Debian 12's does not. `enosys` is util-linux's, from 2.40 on. */
async function ensureCriu() {
  if (process.getuid?.() !== 0) throw new Unavailable("skipped: only root may dump processes");
  await assertDebian();
  if (existsSync(join(cache, "root"))) return ALREADY_THERE;
  const unpacked = join(cache, "unpacked");
  await rm(cache, { recursive: true, force: true });
  const names = ["criu", "util-linux-extra"];
  await unpackLater({ names, apt: join(cache, "apt"), target: unpacked });
  await rm(join(cache, "apt"), { recursive: true });
  await run("mv", [unpacked, join(cache, "root")]);
}

/** How to start a program of the later Debian, by the place in its package. */
async function starter() {
  const libraries = join(cache, "root", await librariesBelow());
  const loader = join(libraries, await loaderIn(libraries));
  return (path) => [loader, "--library-path", libraries, join(cache, "root", path)];
}

await runScript(async () => {
  await ensureDebianPackages({ git: "git", unshare: "util-linux" });
  let works = false;
  await step("CRIU of a later Debian", async () => {
    const there = await ensureCriu();
    const start = await starter();
    try {
      const [program = "", ...args] = start("usr/sbin/criu");
      await run(program, [...args, "check"]);
    } catch (error) {
      const output = error instanceof CommandError ? error.output.trim() : String(error);
      throw new Unavailable(`skipped: ${output.split("\n").at(-1)}`);
    }
    works = true;
    return there;
  });
  if (!works) return 0;
  const start = await starter();
  const folder = await mkdtemp(join(tmpdir(), "sandboot-criu-"));
  try {
    await mkdir(join(folder, "sandbox"));
    const inside = join(root, "scripts", "criu", "inside.mjs");
    const tools = { criu: start("usr/sbin/criu"), enosys: start("usr/bin/enosys") };
    const namespace = ["--pid", "--mount", "--mount-proc", "--fork", "--kill-child", "--"];
    const rest = ["bash", "-c", PID_1, "bash", process.execPath, inside, folder];
    return await stream("unshare", [...namespace, ...rest, JSON.stringify(tools)]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
