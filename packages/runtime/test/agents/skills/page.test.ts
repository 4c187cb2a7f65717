import { describe, expect, it } from "vitest";
import { nameIn, SkillPages } from "../../../src/agents/skills/page.ts";
import { skill, skillFile, skillsPage } from "../../support/skills.ts";

const refusalOf = (page: object) => {
  try {
    new SkillPages().add(page);
  } catch (error) {
    return (error as Error).message;
  }
  return "none";
};
const withFile = (change: object, path = "notes.md") =>
  skillsPage([
    { ...skill("one"), files: [...skill("one").files, { ...skillFile(path, "text"), ...change }] },
  ]);

describe("skills from a server", () => {
  it("come page by page", () => {
    const pages = new SkillPages();
    const script = skillFile("scripts/run.sh", "echo ok\n", true);
    expect(pages.add(skillsPage([skill("one", script)], "more"))).toBe("more");
    expect(pages.add(skillsPage([skill("two")]))).toBeNull();
    expect(pages.skills.map(({ name }) => name)).toEqual(["one", "two"]);
    expect(pages.skills[0]?.files[1]).toMatchObject({ path: "scripts/run.sh", executable: true });
  });

  it.each([
    ["another version", { ...skillsPage([]), schemaVersion: 2 }, "schemaVersion"],
    ["a name that is a path", skillsPage([{ ...skill("one"), name: "../one" }]), "skills.0.name"],
    [
      "no SKILL.md",
      skillsPage([{ name: "one", files: [skillFile("a.md", "")] }]),
      "has no SKILL.md",
    ],
    ["another name inside", skillsPage([{ ...skill("one"), name: "two" }]), "has another name"],
    ["a path out of the folder", withFile({}, "a/../../b"), "not a path below"],
    ["an absolute path", withFile({}, "/etc/passwd"), "not a path below"],
    ["a control character", withFile({}, "a\nb"), "skills.0.files.1.path"],
    ["half a surrogate pair", withFile({}, "a\ud800b"), "skills.0.files.1.path"],
    ["a name that is too long in bytes", withFile({}, `${"é".repeat(200)}/a`), "255 bytes"],
    ["the mark of what a boot has put there", withFile({}, ".sandboot/a"), "sandboot's own"],
    ["another content", withFile({ content: "evil" }), "has another SHA-256"],
    ["another size", withFile({ sizeBytes: 5 }), "has another size"],
    ["a program elsewhere", withFile({ executable: true }), "not in scripts/"],
    ["a file below a file", withFile({}, "SKILL.md/a"), "a file below a file"],
    ["a path twice", withFile({}, "SKILL.md"), "a path twice"],
    ["a skill twice", skillsPage([skill("one"), skill("one")]), "one comes twice"],
    [
      "too many skills",
      skillsPage(Array.from({ length: 1_001 }, (_, at) => skill(`s${at}`))),
      "more than 1000 skills",
    ],
    ["an empty page that promises more", skillsPage([], "more"), "promises more"],
    [
      "too large a file",
      withFile({ content: "a".repeat(300_000), sizeBytes: 300_000 }),
      "sizeBytes",
    ],
  ])("are refused with %s", (_, page, reason) => {
    expect(refusalOf(page)).toContain(reason);
  });

  it("are refused when they change between two pages, or are too much together", () => {
    const pages = new SkillPages();
    pages.add(skillsPage([skill("one")], "more"));
    const other = { ...skillsPage([skill("two")]), manifestSha256: "0".repeat(64) };
    expect(() => pages.add(other)).toThrow("changed between two pages");
    const large = (name: string) =>
      skill(name, ...["a", "b", "c", "d"].map((path) => skillFile(path, "x".repeat(250_000))));
    const names = ["a", "b", "c", "d", "e", "f"];
    expect(refusalOf(skillsPage(names.map(large)))).toContain("the skills have more than");
  });

  it("have the name of the front matter alone", () => {
    expect(nameIn('---\ndescription: x\nname: "deploy" # ours\n---\n')).toBe("deploy");
    expect(nameIn("---\ndescription: x\n---\nname: deploy\n")).toBeNull();
    expect(nameIn("name: deploy\n")).toBeNull();
  });
});
