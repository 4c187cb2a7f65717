import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { facts } from "../scripts/opencode-facts/facts.mjs";

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

/** Whether a page is there, and a heading of that anchor in it. */
function exists(page: string, anchor: string | undefined): boolean {
  if (!existsSync(join(root, page))) return false;
  return anchor === undefined || anchors(read(page)).includes(anchor);
}

describe("the pages", () => {
  it("link only to what is there", () => {
    const broken = local.filter(({ from, target }) => {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? from : relative(root, resolve(root, dirname(from), path));
      return !exists(file, anchor);
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
});

describe("the sources", () => {
  const sources = files.filter((path) => /\.(ts|mjs|js|cjs|sh|ya?ml)$/.test(path));

  it("cite only pages, and headings of pages, that are there", () => {
    const citations = sources.flatMap((from) =>
      [...read(from).matchAll(/(?<![\w/])docs\/([\w/-]+\.md)(?:#([\w-]+))?/g)].map(
        ([, page = "", anchor]) => ({ from, page: `docs/${page}`, anchor }),
      ),
    );
    expect(citations.filter(({ page, anchor }) => !exists(page, anchor))).toEqual([]);
    expect(
      citations.filter(({ page }) => page === "docs/opencode-facts.md").length,
    ).toBeGreaterThan(5);
  });
});

describe("docs/opencode-facts.md", () => {
  it("names each fact that `npm run facts` can show, under a heading of its name", () => {
    const page = read("docs/opencode-facts.md");
    const sections = page.split(/^## /m).slice(1);
    const shown = sections.flatMap((section) => {
      const [, name] = /^Shown by `npm run facts -- ([\w-]+)`/m.exec(section) ?? [];
      if (name === undefined) return [];
      expect(anchorOf(section.slice(0, section.indexOf("\n")))).toBe(name);
      return [name];
    });
    expect(shown).toEqual(Object.keys(facts));
  });

  it("names tests that are there", () => {
    const tests = [...read("docs/opencode-facts.md").matchAll(/`(packages\/\S+\.test\.ts)`/g)];
    expect(tests.filter(([, path = ""]) => !existsSync(join(root, path)))).toEqual([]);
    expect(tests.length).toBeGreaterThan(3);
  });
});
