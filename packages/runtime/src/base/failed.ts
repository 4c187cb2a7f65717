import type { Failure } from "../protocol/index.ts";
import type { FailureCode, FailureValue, OutputTail } from "./failure.ts";
import { failureText } from "./failure-text.ts";
import { type Cause, systemErrorOf } from "./system-error.ts";

/** A failure that was foreseen, thrown. */
export class Failed<Code extends FailureCode = FailureCode> extends Error {
  readonly value: FailureValue<Code>;
  /** The same as events, report and API carry it. */
  readonly failure: Failure;
  /** The boot cannot go on without this phase, although it is optional: there is nothing to fall back on. */
  readonly fatal: boolean;

  constructor(value: FailureValue<Code>, { fatal = false, ...options }: FailedOptions = {}) {
    const failure = toWire(value);
    super(failure.message, options);
    this.name = "Failed";
    this.value = value;
    this.failure = failure;
    this.fatal = fatal;
  }
}

interface FailedOptions extends ErrorOptions {
  readonly fatal?: boolean;
}

/** Whether `error` is a foreseen failure with this code. */
export function failedWith<Code extends FailureCode>(
  error: unknown,
  code: Code,
): error is Failed<Code> {
  return error instanceof Failed && error.value.code === code;
}

/** A failure in words: message and hint from `failure-text.ts`, the data as `detail`. */
export function toWire<Code extends FailureCode>(value: FailureValue<Code>): Failure {
  const { message, hint } = failureText(value);
  const { code, ...data } = value;
  const { outputTail, ...detail } = data as { readonly outputTail?: OutputTail };
  return {
    code,
    message,
    ...(hint !== undefined && { hint }),
    ...(outputTail !== undefined && { outputTail: [...outputTail] }),
    ...(Object.keys(detail).length > 0 && { detail }),
  };
}

/** The message of any error, in our words where they are ours or the system's. */
export function messageOf(error: unknown): string {
  const value = failureOf(error);
  if (value.code !== "internal-error") return toWire(value).message;
  return error instanceof Error ? error.message : String(error);
}

/**
 * Why something did not work, for a failure or a warning that is about more than the error.
 *
 * @param path - What was worked on, for errors that do not say it.
 */
export function causeOf(error: unknown, path: string | null = null): Cause {
  if (failedWith(error, "system-error")) {
    const { code: _, ...cause } = error.value;
    return cause;
  }
  return systemErrorOf(error, path) ?? { error: messageOf(error) };
}

/** The failure for what the system refused to do with a file; every other error as it is. */
export function systemFailure(error: unknown, path: string): unknown {
  const system = systemErrorOf(error, path);
  return system === null ? error : new Failed({ code: "system-error", ...system });
}

/** An error that nothing caught is a fault of ours, also one of the operating system: its stack says where. */
export function faultFailure(error: unknown): FailureValue {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const [first = "", ...stack] = text.split("\n");
  return { code: "internal-error", error: first, outputTail: stack.map((line) => line.trim()) };
}

/** What any error comes to: a foreseen failure, one of the operating system, or a fault of ours with its stack. */
export function failureOf(error: unknown): FailureValue {
  if (error instanceof Failed) return error.value;
  if (error instanceof AggregateError) {
    // A fault of ours among them is what somebody has to look at.
    const values = error.errors.map(failureOf);
    const value = values.find(({ code }) => code === "internal-error") ?? values[0];
    if (value !== undefined) return value;
  }
  const system = systemErrorOf(error);
  if (system !== null) return { code: "system-error", ...system };
  return faultFailure(error);
}
