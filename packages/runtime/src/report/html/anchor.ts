/** The id that a phase's details have in the page. */
export function anchorOf(phase: string): string {
  return `phase-${encodeURIComponent(phase)}`;
}
