import { createHash } from "node:crypto";

const sha256Of = (text: string) => createHash("sha256").update(text).digest("hex");

/** A file of a skill, as a server sends it. */
export function skillFile(path: string, content: string, executable = false) {
  const sizeBytes = Buffer.byteLength(content);
  return { path, content, sha256: sha256Of(content), sizeBytes, executable };
}

/** A skill with a SKILL.md and these files. */
export function skill(name: string, ...files: ReturnType<typeof skillFile>[]) {
  const text = `---\nname: ${name}\ndescription: For tests.\n---\nDo it.\n`;
  return { name, files: [skillFile("SKILL.md", text), ...files] };
}

export function skillsPage(skills: readonly object[], nextCursor: string | null = null) {
  return { schemaVersion: 1, manifestSha256: sha256Of("manifest"), skills, nextCursor };
}
