import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** Files that git tracks or would track. */
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(root, path)));

const read = (path: string) => readFileSync(join(root, path), "utf8");
const pages = files.filter((path) => path.endsWith(".md") && !path.includes("/fixtures/"));

/** Without what is shown as code, where a bracket is no link. */
const prose = (text: string) => text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");

/** How GitHub names a heading's anchor. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
const anchors = (text: string) =>
  [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    anchorOf(heading),
  );

interface Link {
  readonly from: string;
  readonly target: string;
}

const links: Link[] = pages.flatMap((from) =>
  [...prose(read(from)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => ({ from, target })),
);
const local = links.filter(({ target }) => !/^[a-z]+:/i.test(target));

describe("the pages", () => {
  it("link only to what is there", () => {
    const broken = local.filter(({ from, target }) => {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? from : relative(root, resolve(root, dirname(from), path));
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && !anchors(read(file)).includes(anchor);
    });
    expect(broken).toEqual([]);
    expect(local.length).toBeGreaterThan(10);
  });

  it("can each be reached from the README", () => {
    const reached = new Set<string>();
    const visit = (page: string) => {
      if (reached.has(page)) return;
      reached.add(page);
      for (const { from, target } of local) {
        const [path = ""] = target.split("#");
        if (from !== page || path === "") continue;
        const to = relative(root, resolve(root, dirname(from), path));
        if (pages.includes(to)) visit(to);
        // A link to a folder is a link to its pages.
        for (const inside of pages) if (dirname(inside) === to.replace(/\/$/, "")) visit(inside);
      }
    };
    visit("README.md");
    const docs = pages.filter((page) => page.startsWith("docs/"));
    expect(docs.filter((page) => !reached.has(page))).toEqual([]);
  });

  it("explain every code that a failure can have", () => {
    const sources = files.filter((path) => /^packages\/runtime\/src\/.*\.ts$/.test(path));
    const codes = new Set(
      sources.flatMap((path) =>
        [...read(path).matchAll(/\bcode: "([a-z]+(?:-[a-z]+)*)"/g)].map(([, code = ""]) => code),
      ),
    );
    const explained = read("docs/exit-codes.md");
    expect([...codes].filter((code) => !explained.includes(`\`${code}\``))).toEqual([]);
    expect(codes.size).toBeGreaterThan(5);
  });
});
