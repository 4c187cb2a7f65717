// `npm run release:pack`: everything that a release publishes, in release/. Nothing leaves the machine.
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildPackages,
  ensureDependencies,
  root,
  runScript,
  toolEnvironment,
} from "./bootstrap.mjs";
import { run } from "./lib/child.mjs";
import { step } from "./lib/progress.mjs";
import { releaseNotes } from "./release/notes.mjs";
import { makeSbom } from "./release/sbom.mjs";

const folder = join(root, "release");

/** @type {() => Promise<{ version: string, revision: string, seconds: string }>} */
async function whatIsReleased() {
  const { version } = JSON.parse(
    await readFile(join(root, "packages/runtime/package.json"), "utf8"),
  );
  const git = async (/** @type {string[]} */ ...args) =>
    (await run("git", args, { cwd: root })).trim();
  return {
    version,
    revision: await git("rev-parse", "HEAD"),
    seconds: await git("log", "-1", "--format=%ct"),
  };
}

/**
 * The bundles of both packages, for an image that has no npm: the same bytes whenever they are packed.
 *
 * @param {{ version: string, seconds: string }} release
 */
async function packTarball({ version, seconds }) {
  const name = `sandboot-${version}`;
  const scratch = await mkdtemp(join(tmpdir(), "sandboot-release-"));
  try {
    for (const part of ["runtime", "stager"]) {
      await cp(join(root, "packages", part, "dist"), join(scratch, name, part), {
        recursive: true,
        filter: (source) => !source.endsWith(".map"),
      });
    }
    await cp(join(root, "LICENSE"), join(scratch, name, "LICENSE"));
    const asOne = [
      "--sort=name",
      `--mtime=@${seconds}`,
      "--owner=0",
      "--group=0",
      "--numeric-owner",
    ];
    const tar = join(folder, `${name}.tar`);
    await run("tar", [...asOne, "-cf", tar, "-C", scratch, name]);
    await run("gzip", ["-9", "--no-name", "--force", tar]);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** Labels of an image with this release, a line each: `docker build $(sed 's/^/--label /' release/image-labels) …`. */
async function writeLabels({ version, revision, seconds }) {
  const { repository, license, homepage } = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  );
  const labels = {
    version,
    revision,
    created: new Date(Number(seconds) * 1000).toISOString(),
    source: repository.url.replace(/^git\+|\.git$/g, ""),
    documentation: homepage,
    licenses: license,
  };
  const lines = Object.entries(labels).map(
    ([key, value]) => `org.opencontainers.image.${key}=${value}\n`,
  );
  await writeFile(join(folder, "image-labels"), lines.join(""));
}

/** In the format that `sha256sum --check` reads. */
async function writeChecksums() {
  const lines = [];
  for (const name of (await readdir(folder)).sort()) {
    const digest = createHash("sha256")
      .update(await readFile(join(folder, name)))
      .digest("hex");
    lines.push(`${digest}  ${name}\n`);
  }
  await writeFile(join(folder, "SHA256SUMS"), lines.join(""));
}

await runScript(async () => {
  await ensureDependencies();
  await buildPackages();
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const release = await whatIsReleased();
  const { version } = release;
  await step("npm packages", async () => {
    const names = ["@sandboot/stager", "@sandboot/runtime"].flatMap((name) => ["-w", name]);
    await run("npm", ["pack", ...names, "--pack-destination", folder], {
      cwd: root,
      env: toolEnvironment,
    });
  });
  await step("extension", () =>
    cp(
      join(root, "packages/vscode-ext/sandboot-vscode.vsix"),
      join(folder, `sandboot-vscode-${version}.vsix`),
    ),
  );
  await step("single file", async () => {
    // Loaded here, because it needs esbuild.
    const { buildSingleFile } = await import("./release/single-file.mjs");
    await buildSingleFile({ root, folder, version });
  });
  await step("tarball", () => packTarball(release));
  await step("SBOM", async () =>
    writeFile(join(folder, `sandboot-${version}.cdx.json`), await makeSbom({ root, version })),
  );
  await step("notes, labels, checksums", async () => {
    await writeFile(join(folder, "NOTES.md"), releaseNotes({ root, version }));
    await writeLabels(release);
    await writeChecksums();
  });
  process.stdout.write(
    `\n${(await readdir(folder))
      .sort()
      .map((name) => `  release/${name}\n`)
      .join("")}`,
  );
  return 0;
});
