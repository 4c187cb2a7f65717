import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { installPrograms } from "../../../src/platforms/open-inspect/programs.ts";
import { writeFiles } from "../../support/git.ts";
import { scratchFolder } from "../../support/scratch.ts";

it("puts the package's programs into the folder that the environment names", async () => {
  const folder = await scratchFolder();
  const bin = join(folder, "installed/bin");
  await writeFiles(folder, {
    "bin/upload-media.js": "#!/bin/sh\necho uploads $1\n",
    "bin/oi-git-sign": "#!/bin/sh\necho signs\n",
    "bin/notes.md": "no program\n",
    "bin/folder/inner": "no program\n",
    "installed/bin/oi-git-sign": "an older one\n",
  });
  const warned: string[] = [];
  const env = { SANDBOOT_OPEN_INSPECT_FILES: folder, OPENINSPECT_BIN_INSTALL_DIR: bin };
  installPrograms({ env, warn: (path) => warned.push(path) });
  expect((await readdir(bin)).sort()).toEqual(["oi-git-sign", "upload-media"]);
  expect((await execa(join(bin, "upload-media"), ["this"])).stdout).toBe("uploads this");
  expect((await execa(join(bin, "oi-git-sign"))).stdout).toBe("signs");
  expect((await stat(join(bin, "oi-git-sign"))).mode & 0o777).toBe(0o755);

  // A file is in the place of the folder.
  const taken = { ...env, OPENINSPECT_BIN_INSTALL_DIR: join(bin, "oi-git-sign") };
  installPrograms({ env: taken, warn: (path) => warned.push(path) });
  expect(warned.sort()).toEqual(
    ["oi-git-sign", "upload-media"].map((name) => join(bin, "oi-git-sign", name)),
  );
  installPrograms({ env: { SANDBOOT_OPEN_INSPECT_FILES: bin }, warn: (path) => warned.push(path) });
  expect(warned).toHaveLength(2);
});
