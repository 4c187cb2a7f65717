import type { PlatformRepository } from "../platform.ts";
import { identityOf } from "./repositories.ts";

/**
 * Instructions for an agent that works on several repositories at once: where they are, and where their own instructions are,
 * which the agent does not load by itself.
 *
 * @param withInstructions - Names of the repositories that have an `AGENTS.md`.
 */
export function agentsMd(
  repositories: readonly PlatformRepository[],
  {
    workingBranch,
    withInstructions,
  }: {
    readonly workingBranch: string | null;
    readonly withInstructions: ReadonlySet<string>;
  },
): string {
  const rows = repositories.map((repository) => {
    const { owner, name } = identityOf(repository);
    return `| \`./${repository.name}/\` | ${owner}/${name} | \`${repository.branch ?? "main"}\` |`;
  });
  const documented = repositories.filter(({ name }) => withInstructions.has(name));
  const [first] = repositories.map(identityOf);
  return `${[
    "<!-- Written anew by the sandbox's runtime at every boot. -->",
    "# Workspace",
    "The repositories of this session lie side by side:",
    ["| Folder | Repository | Base branch |", "| --- | --- | --- |", ...rows].join("\n"),
    ...(workingBranch === null ? [] : [`Work on the branch \`${workingBranch}\` in each of them.`]),
    ...(documented.length === 0
      ? []
      : [
          "These have instructions of their own, which are not loaded by themselves. Read them before you work there:",
          documented.map(({ name }) => `- \`./${name}/AGENTS.md\``).join("\n"),
        ]),
    `Open one pull request per repository that you have changed, and name it to the tool: \`repo: "${first?.owner}/${first?.name}"\`.`,
  ].join("\n\n")}\n`;
}
