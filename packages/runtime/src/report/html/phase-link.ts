import type { ReportPhase } from "../../protocol/index.ts";
import { Html, html } from "./template.ts";

/** The id of a phase's details in the page. */
export function anchorOf(phase: string): string {
  return `phase-${encodeURIComponent(phase)}`;
}

/** A phase by its title. Its id, which commands and JSON have, is in the tooltip. */
export function phaseLink({ id, title }: Pick<ReportPhase, "id" | "title">): Html {
  return html`<a href="#${anchorOf(id)}" title="${id}">${title}</a>`;
}

/** Several phases by their ids. */
export function phaseLinks(ids: readonly string[], phases: readonly ReportPhase[]): Html {
  const links = ids.map((id) =>
    phaseLink(phases.find((phase) => phase.id === id) ?? { id, title: id }),
  );
  return new Html(links.join(", "));
}
