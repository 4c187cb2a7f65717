/**
 * Ends things in the reverse order of their start. Every step runs, even when an earlier one throws. Node 22 has no
 * `AsyncDisposableStack`; this is the part of it that we need.
 */
export class Cleanup implements AsyncDisposable {
  readonly #steps: (() => PromiseLike<void> | void)[] = [];

  /** Disposes of `resource` at the end. @returns the resource. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.defer(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  defer(step: () => PromiseLike<void> | void): void {
    this.#steps.push(step);
  }

  /** @throws the error of the step that failed; AggregateError when several did. */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, "the end of the sandbox went wrong");
  }
}
