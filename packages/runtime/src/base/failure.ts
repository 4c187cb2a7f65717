import type { Failure } from "../protocol/index.ts";

/** A failure that a phase foresaw, with the data that its message needs. */
export class PhaseFailure extends Error {
  readonly failure: Failure;
  /** The boot cannot go on without this phase, although it is optional: what it could fall back on is not there. */
  readonly fatal: boolean;

  constructor(failure: Failure, { fatal = false, ...options }: PhaseFailureOptions = {}) {
    super(failure.message, options);
    this.name = "PhaseFailure";
    this.failure = failure;
    this.fatal = fatal;
  }
}

export interface PhaseFailureOptions extends ErrorOptions {
  readonly fatal?: boolean;
}
