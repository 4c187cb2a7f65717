import type { FailureCode } from "../../src/base/failure.ts";
import type { WarningCode } from "../../src/base/warning.ts";
import type { Files } from "../support/git.ts";
import type { World } from "./world.ts";

/** How a boot has to end. Warnings are all that it may have, in any order. */
export type End =
  | { readonly id: "ready"; readonly warnings: readonly (WarningCode | FailureCode)[] }
  | { readonly id: "fatal"; readonly code: FailureCode; readonly says: RegExp | null }
  /** Nothing was started: exit code 2, and a sentence on stderr. */
  | { readonly id: "refused"; readonly says: RegExp }
  /** Somebody ended it before it was ready. */
  | { readonly id: "interrupted"; readonly exitCode: number };

/** One fault: what is wrong, and how the boot ends. */
export interface Row {
  /** Completes "a boot with …" or "a boot where …". */
  readonly fault: string;
  readonly end: End;
  /** Files of a repository `demo`, which the boot has to sync. Default: no repository. */
  readonly files?: Files;
  /** The checkout of it is in the image. */
  readonly checkout?: boolean;
  /** What the fake agent does wrong (`fixtures/fault-agent.cjs`). */
  readonly agentFault?: string;
  /** Keys that are put over those of the world's config. */
  readonly config?: (world: World) => Readonly<Record<string, object | string>>;
  readonly env?: (world: World) => Readonly<Record<string, string>>;
  /** Makes the fault, before the boot. */
  readonly before?: (world: World) => Promise<unknown> | unknown;
  /** Makes the fault while it boots. */
  readonly during?: (world: World) => Promise<unknown> | unknown;
  /** What is done when it is ready. */
  readonly whenReady?: (world: World) => Promise<unknown> | unknown;
  /** Looks at what is left, after the end. */
  readonly after?: (world: World) => Promise<unknown> | unknown;
  /** What of it may be left in its folder for temporary files. */
  readonly leaves?: RegExp;
  /** The folder for its report, in the world's. */
  readonly reportIn?: string;
  /** The boot cannot write the file of its report, and leaves none. */
  readonly hasNoReport?: true;
  /** A command that runs the boot as its last arguments. */
  readonly under?: readonly string[];
  /** Takes more than a few seconds, so `npm run faults` has it and `npm test` does not. */
  readonly isLong?: true;
}

export const ready = (...warnings: (WarningCode | FailureCode)[]): End => ({
  id: "ready",
  warnings,
});

export const fatal = (code: FailureCode, says: RegExp | null = null): End => ({
  id: "fatal",
  code,
  says,
});

export const refused = (says: RegExp): End => ({ id: "refused", says });

export const interrupted = (exitCode: number): End => ({ id: "interrupted", exitCode });

/** A start.sh with these lines. */
export const startSh = (...lines: string[]): Files => ({
  ".openinspect/start.sh": { text: `#!/bin/bash\n${lines.join("\n")}\n`, mode: 0o755 },
});
