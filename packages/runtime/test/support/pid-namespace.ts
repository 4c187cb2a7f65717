import { execFileSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { commandLine, pids, readProc } from "../../../../test/support/process-table.ts";

/** A process of another PID namespace, as we see it. */
interface Member {
  /** In our namespace, for signals. */
  readonly pid: number;
  /** In its own namespace. */
  readonly pidInside: number;
  readonly zombie: boolean;
  readonly command: string;
}

/**
 * Runs a command as PID 1, as in a container, with a `/proc` of its namespace. When `unshare` ends, PID 1 is killed, and
 * the kernel kills the rest of the namespace with it (pid_namespaces(7)).
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

/** Whether {@link AS_PID_1} works here: it needs root, or a system that lets users create namespaces. */
export function canBePid1(): boolean {
  const [program = "", ...args] = AS_PID_1;
  try {
    execFileSync(program, [...args, "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The processes of a namespace that `unshare` created. */
export class PidNamespace {
  readonly #id: string;

  private constructor(id: string) {
    this.#id = id;
  }

  /** @param unshare - The pid of `unshare`, whose child is PID 1. */
  static madeBy(unshare: number): PidNamespace {
    return new PidNamespace(readlinkSync(`/proc/${unshare}/ns/pid_for_children`));
  }

  /** Its processes, zombies included; none when it has ended. */
  members(): Member[] {
    return pids().flatMap((pid) => {
      if (linkOf(pid) !== this.#id) return [];
      const status = readProc(pid, "status");
      const pidInside = Number(/^NSpid:.*\t(\d+)$/m.exec(status)?.[1]);
      return [{ pid, pidInside, zombie: /^State:\tZ/m.test(status), command: commandLine(pid) }];
    });
  }

  /** Its PID 1. */
  init(): Member {
    const init = this.member(1);
    if (init === undefined) throw new Error("the PID namespace has ended");
    return init;
  }

  /** By its pid in the namespace. */
  member(pidInside: number): Member | undefined {
    return this.members().find((member) => member.pidInside === pidInside);
  }
}

function linkOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return null;
  }
}
