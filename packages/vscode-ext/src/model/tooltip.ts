import { escapeMarkdown, table } from "./markdown.ts";

/** A row of a tooltip's table. The value is Markdown. */
export type Fact = readonly [name: string, value: string];

/** A tooltip in Markdown: what it is about, its status, and a table of facts. */
export function factsTooltip(title: string, status: string, facts: readonly Fact[]): string {
  const rows = facts.map(([name, value]) => [`${name}  `, value]);
  return `**${escapeMarkdown(title)}** — ${escapeMarkdown(status)}\n\n${table(["", ""], rows)}`;
}
