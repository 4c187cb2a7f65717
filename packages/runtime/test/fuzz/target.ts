import type { Arbitrary } from "fast-check";

/** Something of ours that reads what others write. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs that are nearly right. */
  readonly input: Arbitrary<string>;
  /** @param folder - An empty one. */
  open(folder: string): Promise<OpenTarget>;
}

export interface OpenTarget extends AsyncDisposable {
  /** Reads one input. @throws for whatever is neither accepted nor refused in the documented way. */
  run(input: string): Promise<void>;
}

/** A target without state. */
export function stateless(run: OpenTarget["run"]): OpenTarget {
  return { run, [Symbol.asyncDispose]: async () => {} };
}

/** @throws `error` itself when it is not what `isForeseen` says. */
export async function onlyForeseen(
  work: () => unknown,
  isForeseen: (error: unknown) => boolean,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isForeseen(error)) throw error;
  }
}
