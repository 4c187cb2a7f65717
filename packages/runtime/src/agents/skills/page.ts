import { createHash } from "node:crypto";
import * as z from "zod";

/** Limits of one skill and of all together. A server that sends more is refused. */
const MOST_FILES = 100;
const MOST_FILE_BYTES = 256 * 1024;
const MOST_SKILL_BYTES = 1024 * 1024;
const MOST_BYTES = 5 * 1024 * 1024;
const MOST_SKILLS = 1_000;

/** The longest name of a file that Linux takes, in bytes (NAME_MAX). */
const MOST_NAME_BYTES = 255;

/** In each skill that a boot has put in place. What has it may be replaced by another boot. */
export const MARKER = ".sandboot";

export interface SkillFile {
  /** Relative to the skill's folder. */
  readonly path: string;
  readonly content: string;
  readonly executable: boolean;
}

export interface Skill {
  readonly name: string;
  readonly files: readonly SkillFile[];
}

/** The skills of a sandbox, read page by page. */
export class SkillPages {
  readonly skills: Skill[] = [];
  #manifest: string | null = null;
  #bytes = 0;

  /**
   * Adds a page.
   *
   * @returns the cursor of the next page; null after the last one.
   * @throws Error that says what is wrong with the page, without its content.
   */
  add(document: unknown): string | null {
    const parsed = pageSchema.safeParse(document);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new Error(`${issue?.path.join(".") || "the answer"}: ${issue?.message}`);
    }
    const { manifestSha256, skills, nextCursor = null } = parsed.data;
    this.#manifest ??= manifestSha256;
    if (manifestSha256 !== this.#manifest) throw new Error("the skills changed between two pages");
    if (nextCursor !== null && skills.length === 0) throw new Error("an empty page promises more");
    for (const skill of skills) this.#add(skill);
    return nextCursor;
  }

  #add(skill: Skill): void {
    if (this.skills.some(({ name }) => name === skill.name)) {
      throw new Error(`${skill.name} comes twice`);
    }
    const bytes = skill.files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
    if (bytes > MOST_SKILL_BYTES)
      throw new Error(`${skill.name} has more than ${MOST_SKILL_BYTES} bytes`);
    if (this.skills.length === MOST_SKILLS) throw new Error(`more than ${MOST_SKILLS} skills`);
    this.#bytes += bytes;
    if (this.#bytes > MOST_BYTES) throw new Error(`the skills have more than ${MOST_BYTES} bytes`);
    this.skills.push(skill);
  }
}

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** Below its skill's folder, whatever is in it. */
const relativePath = z
  .string()
  .max(240)
  // Neither is half a surrogate pair: on disk two such paths would be one.
  .regex(/^[^\\\p{Cc}\p{Cs}]+$/u)
  .refine((path) => {
    const parts = path.split("/");
    return (
      parts.length <= 10 && parts.every((part) => part !== "" && part !== "." && part !== "..")
    );
  }, "not a path below the skill's folder")
  .refine((path) => {
    const parts = path.split("/");
    return parts.every((part) => Buffer.byteLength(part) <= MOST_NAME_BYTES);
  }, `a name has more than ${MOST_NAME_BYTES} bytes`)
  .refine((path) => path.split("/")[0] !== MARKER, `${MARKER} is sandboot's own`);

const fileSchema = z
  .object({
    path: relativePath,
    content: z.string(),
    sha256: digest,
    sizeBytes: z.int().min(0).max(MOST_FILE_BYTES),
    executable: z.boolean(),
  })
  .refine(({ content, sizeBytes }) => Buffer.byteLength(content) === sizeBytes, "has another size")
  .refine(({ content, sha256 }) => sha256Of(content) === sha256, "has another SHA-256")
  .refine(
    ({ path, executable }) => !executable || path.startsWith("scripts/"),
    "is executable, and not in scripts/",
  );

const skillSchema = z
  .object({
    name: z
      .string()
      .max(64)
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
    files: z.array(fileSchema).min(1).max(MOST_FILES),
  })
  .refine(({ files }) => files.some(({ path }) => path === "SKILL.md"), "has no SKILL.md")
  .refine(
    ({ files }) => areApart(files.map(({ path }) => path)),
    "has a path twice, or a file below a file",
  )
  .refine(
    ({ name, files }) =>
      nameIn(files.find(({ path }) => path === "SKILL.md")?.content ?? "") === name,
    "has another name in its SKILL.md",
  );

const pageSchema = z.object({
  schemaVersion: z.literal(1),
  manifestSha256: digest,
  skills: z.array(skillSchema),
  nextCursor: z.string().min(1).nullish(),
});

function areApart(paths: readonly string[]): boolean {
  const all = new Set(paths);
  const isBelowAnother = (path: string) =>
    path
      .split("/")
      .some((_, depth, parts) => depth > 0 && all.has(parts.slice(0, depth).join("/")));
  return all.size === paths.length && !paths.some(isBelowAnother);
}

function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The name that a SKILL.md says in its front matter; null when it says none. */
export function nameIn(markdown: string): string | null {
  const [first, ...lines] = markdown.split(/\r?\n/);
  if (first !== "---") return null;
  for (const line of lines) {
    if (line === "---") return null;
    const [, name] = /^\s*["']?name["']?\s*:\s*["']?([^"'#\s]+)/.exec(line) ?? [];
    if (name !== undefined) return name;
  }
  return null;
}
