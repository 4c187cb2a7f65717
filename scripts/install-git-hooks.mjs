// npm's `prepare`: pre-commit hooks for people who work on a checkout. A tarball has no .git and needs none.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

if (existsSync(".git") && !process.env.CI) {
  const { status } = spawnSync("lefthook", ["install"], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
