// npm's `prepare`: pre-commit hooks for people who work on a checkout. A tarball has no .git and needs none, nor does CI,
// nor an install without development dependencies.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

if (existsSync(".git") && !process.env.CI) {
  const { status, error } = spawnSync("lefthook", ["install"], { stdio: "inherit" });
  const absent = error !== undefined && "code" in error && error.code === "ENOENT";
  if (!absent) process.exitCode = status ?? 1;
}
