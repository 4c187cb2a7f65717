import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { installSkills } from "../../../src/agents/skills/install.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { skill, skillFile } from "../../support/skills.ts";

async function place() {
  const root = await scratchFolder();
  return {
    root,
    folder: join(root, "config", "skills"),
    others: [join(root, "repository", "skills")],
  };
}

async function own(path: string, text: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, "SKILL.md"), text);
}

describe("putting skills in place", () => {
  it("replaces those of the boot before, and nothing else", async () => {
    const { root, folder, others } = await place();
    await own(join(folder, "mine"), "---\nname: mine\n---\n");
    const first = [skill("one", skillFile("scripts/a.sh", "a", true)), skill("two")];
    expect(await installSkills(first, { folder, others })).toEqual({
      installed: ["one", "two"],
      removed: [],
      leftOut: [],
    });
    expect((await stat(join(folder, "one/scripts/a.sh"))).mode & 0o777).toBe(0o555);
    const second = await installSkills([skill("two", skillFile("b.md", "new"))], {
      folder,
      others,
    });
    expect(second).toEqual({ installed: ["two"], removed: ["one"], leftOut: [] });
    expect((await readdir(folder)).toSorted()).toEqual(["mine", "two"]);
    expect(await readFile(join(folder, "two/b.md"), "utf8")).toBe("new");
    // Nothing is left beside it.
    expect(await readdir(join(root, "config"))).toEqual(["skills"]);
  });

  it("leaves out what has the name of a skill that is there: of its folder, or in its SKILL.md", async () => {
    const { folder, others } = await place();
    await own(join(folder, "mine"), "# no name\n");
    const [repository = ""] = others;
    await own(join(repository, "other"), "---\nname: deploy\n---\n");
    const skills = [skill("mine"), skill("deploy"), skill("free")];
    const { installed, leftOut } = await installSkills(skills, { folder, others });
    expect(installed).toEqual(["free"]);
    expect(leftOut).toEqual([
      { name: "mine", path: join(folder, "mine") },
      { name: "deploy", path: join(repository, "other") },
    ]);
    expect(await readFile(join(folder, "mine/SKILL.md"), "utf8")).toBe("# no name\n");
  });

  it("leaves a file in the folder where it is", async () => {
    const { folder, others } = await place();
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "one"), "a file");
    const { installed, leftOut } = await installSkills([skill("one")], { folder, others });
    expect({ installed, leftOut }).toEqual({
      installed: [],
      leftOut: [{ name: "one", path: join(folder, "one") }],
    });
    expect(await readFile(join(folder, "one"), "utf8")).toBe("a file");
  });

  it("several sandboxes that share a home do so at once: each skill is one of theirs, whole", async () => {
    const { root, folder, others } = await place();
    await installSkills([skill("one"), skill("old")], { folder, others });
    const texts = ["a", "b", "c", "d", "e", "f"];
    const answers = await Promise.all(
      texts.map((text) => {
        const files = [skillFile("x.md", text), skillFile("scripts/y.sh", text, true)];
        return installSkills([skill("one", ...files), skill("two", ...files)], { folder, others });
      }),
    );
    for (const { installed } of answers) expect(installed).toEqual(["one", "two"]);
    expect((await readdir(folder)).toSorted()).toEqual(["one", "two"]);
    for (const name of ["one", "two"]) {
      const [x, y] = await Promise.all(
        ["x.md", "scripts/y.sh"].map((path) => readFile(join(folder, name, path), "utf8")),
      );
      expect(texts).toContain(x);
      expect(y).toBe(x);
    }
    expect(await readdir(join(root, "config"))).toEqual(["skills"]);
  });

  it("that cannot be written changes nothing", async () => {
    const { folder, others } = await place();
    await installSkills([skill("one")], { folder, others });
    const broken = [skill("one", skillFile("a", ""), skillFile("a/b", ""))];
    await expect(installSkills(broken, { folder, others })).rejects.toThrow();
    expect(await readdir(join(folder, "one"))).toEqual([".sandboot", "SKILL.md"]);
  });
});
