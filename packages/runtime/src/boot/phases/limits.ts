/**
 * Milliseconds for phases that only read and write files, or wait for what has limits of its own. Far more than any of them
 * needs: this ends a boot whose disk does not answer.
 */
export const FILE_WORK_MS = 30 * 60_000;
