/** The id of a phase's details in the page. */
export function anchorOf(phase: string): string {
  return `phase-${encodeURIComponent(phase)}`;
}
