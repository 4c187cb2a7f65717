/**
 * How a terminal shows the progress of a boot. `live`: in a picture that is painted again and again. `lines`: by a line for
 * each phase that has ended, which stays, for a terminal that others write to at the same time.
 */
export const PROGRESS_STYLES = ["live", "lines"] as const;
export type ProgressStyle = (typeof PROGRESS_STYLES)[number];
