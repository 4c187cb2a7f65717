/**
 * Whether work ends in the time that one look at its whole input takes, and not in one for each character of it. The limit is CPU
 * time of this process, and a hundred times what it takes: for 64 KiB the other kind takes minutes.
 */
export function isQuick(work: () => unknown): boolean {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 < LIMIT_MS;
}

const LIMIT_MS = 3_000;
