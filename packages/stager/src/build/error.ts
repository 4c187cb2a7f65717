/** A stage could not be built: what of the plan, and why. Nothing of it is left behind. */
export class StageBuildError extends Error {
  /** The entry (or file) it is about. */
  readonly subject: string;

  constructor(subject: string, reason: string, options?: ErrorOptions) {
    super(`${subject}: ${reason}`, options);
    this.name = "StageBuildError";
    this.subject = subject;
  }
}
