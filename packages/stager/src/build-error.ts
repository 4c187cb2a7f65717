/** A stage could not be built: what of the plan, and why. Nothing of it is left behind. */
export class StageBuildError extends Error {
  override readonly name: string = "StageBuildError";
  /** The entry (or file) it is about. */
  readonly subject: string;

  constructor(subject: string, reason: string, options?: ErrorOptions) {
    super(`${subject}: ${reason}`, options);
    this.subject = subject;
  }
}

/** The plan itself (or what stands beside it) is not as expected: bad input, before anything is read or written. */
export class StagePlanError extends StageBuildError {
  override readonly name = "StagePlanError";
}
