import { chmod, mkdir, readFile, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fillHome } from "../../src/agents/staged-home.ts";
import { writeFiles } from "../support/git.ts";
import { scratchFolder } from "../support/scratch.ts";

it("files of the stage come into the home, and what is there stays", async () => {
  const folder = await scratchFolder();
  const [staged, home] = [join(folder, "staged"), join(folder, "home")];
  await writeFiles(staged, {
    ".agent/settings.json": "of the image",
    ".agent/skills/greet/SKILL.md": "of the image",
    ".agent/skills/greet/run.sh": "of the image",
    ".agent/agents/one.md": "of the image",
    ".agent/linked": "of the image",
    ".agent/file/below": "of the image",
  });
  await chmod(join(staged, ".agent/settings.json"), 0o444);
  await chmod(join(staged, ".agent/skills/greet/run.sh"), 0o555);
  await writeFiles(home, { ".agent/skills/greet/SKILL.md": "mine", ".agent/file": "mine" });
  await mkdir(join(home, "elsewhere"));
  await symlink("../elsewhere", join(home, ".agent/agents"));
  await symlink("nowhere", join(home, ".agent/linked"));

  for (let time = 0; time < 2; time++) fillHome(staged, home);
  const text = (path: string) => readFile(join(home, path), "utf8");
  expect(await text(".agent/settings.json")).toBe("of the image");
  expect((await stat(join(home, ".agent/settings.json"))).mode & 0o777).toBe(0o644);
  expect((await stat(join(home, ".agent/skills/greet/run.sh"))).mode & 0o777).toBe(0o755);
  expect(await text(".agent/skills/greet/SKILL.md")).toBe("mine");
  expect(await text("elsewhere/one.md")).toBe("of the image");
  expect(await text(".agent/file")).toBe("mine");
  await expect(text(".agent/linked")).rejects.toThrow("ENOENT");
});

it("a stage without such files leaves the home alone", async () => {
  const folder = await scratchFolder();
  fillHome(join(folder, "staged"), join(folder, "home"));
  await expect(stat(join(folder, "home"))).rejects.toThrow("ENOENT");
});
