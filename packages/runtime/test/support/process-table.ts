import { readdirSync, readFileSync } from "node:fs";

/** Whether a process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== null && stat.state !== "Z" && stat.state !== "X";
}

export interface ProcessRow {
  readonly pid: number;
  readonly command: string;
}

/** Living processes whose environment holds `text`: how a test finds everything that its sandbox started. */
export function processesWith(text: string): ProcessRow[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && isAlive(pid) && read(pid, "environ").includes(text))
    .map((pid) => ({ pid, command: read(pid, "cmdline").split("\0").join(" ").trim() }));
}

/** Ends what a sandbox left whose runtime was killed: nobody else will. */
export function killAllWith(text: string): void {
  for (const { pid } of processesWith(text)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself since it was listed.
    }
  }
}

function statOf(pid: number): { state: string } | null {
  const stat = read(pid, "stat");
  return stat === ""
    ? null
    : { state: stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) };
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}

/** Kills every process whose environment holds `text`, as the end of a container would; none of them lives when it returns. */
export function killEverything(text: string): void {
  for (let rows = processesWith(text); rows.length > 0; rows = processesWith(text)) {
    for (const { pid } of rows) {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        // It ended meanwhile.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
  }
}

/** Command lines of everything that lives on this machine. */
export function allCommandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => read(Number(name), "cmdline").split("\0").join(" ").trim());
}
