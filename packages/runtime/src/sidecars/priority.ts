/** Niceness of a sidecar that is not in a hurry, while the agent starts. */
export const LOW_PRIORITY_NICE = 10;
