/** A stage could not be built. Says which entry of the plan is at fault, and why. The build leaves nothing behind. */
export class StageBuildError extends Error {
  override readonly name: string = "StageBuildError";
  /** The entry or file at fault. */
  readonly subject: string;

  constructor(subject: string, reason: string, options?: ErrorOptions) {
    super(`${subject}: ${reason}`, options);
    this.subject = subject;
  }
}

/** The plan itself, or a file that it refers to, is invalid. Found before anything is written. */
export class StagePlanError extends StageBuildError {
  override readonly name = "StagePlanError";
}
