import { execFileSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { commandLine, pids, readProc } from "../../../../test/support/process-table.ts";

/** A process of another PID namespace, as it is seen from here. */
interface Inmate {
  /** Here, where it can be signalled. */
  readonly pid: number;
  /** In there. */
  readonly pidInside: number;
  readonly zombie: boolean;
  readonly command: string;
}

/**
 * Where a command is PID 1, as in a container, with a `/proc` that shows it. It ends with `unshare`, should a test end
 * before it; everything in it ends with its PID 1, by the kernel (pid_namespaces(7)).
 */
export const AS_PID_1: readonly string[] = [
  "unshare",
  "--pid",
  "--mount",
  "--mount-proc",
  "--fork",
  "--kill-child",
  "--",
];

/** Not for everyone: it takes root, or a system that lets users make namespaces. */
export function canBePid1(): boolean {
  const [program = "", ...args] = AS_PID_1;
  try {
    execFileSync(program, [...args, "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The processes of a namespace, found by the `unshare` that made it. */
export class PidNamespace {
  readonly #id: string;

  private constructor(id: string) {
    this.#id = id;
  }

  /** @param unshare - Of its pid, whose child is PID 1. */
  static madeBy(unshare: number): PidNamespace {
    return new PidNamespace(readlinkSync(`/proc/${unshare}/ns/pid_for_children`));
  }

  /** Zombies, too; none when it has ended. */
  inmates(): Inmate[] {
    return pids().flatMap((pid) => {
      if (linkOf(pid) !== this.#id) return [];
      const status = readProc(pid, "status");
      const pidInside = Number(/^NSpid:.*\t(\d+)$/m.exec(status)?.[1]);
      return [{ pid, pidInside, zombie: /^State:\tZ/m.test(status), command: commandLine(pid) }];
    });
  }

  /** Its PID 1. */
  init(): Inmate {
    const init = this.inmate(1);
    if (init === undefined) throw new Error("it has ended");
    return init;
  }

  /** By its pid in there. */
  inmate(pidInside: number): Inmate | undefined {
    return this.inmates().find((inmate) => inmate.pidInside === pidInside);
  }
}

function linkOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return null;
  }
}
