import { Failed } from "../../../base/failed.ts";
import type { InputProblem } from "../../../base/failure.ts";
import { randomId } from "../../../base/random.ts";
import { readBinding } from "../../../config/bind.ts";
import { RequestRefused } from "../../../observe/status/control.ts";
import type { AdoptResult } from "../../../protocol/index.ts";
import type { AdoptAdmission } from "../adopt-admission.ts";

/**
 * Answers a request to adopt, whatever way it came.
 *
 * @param document - The binding as it came, not validated yet.
 * @param source - What it came by, for messages.
 * @throws Failed for a bad request, or when the seed cannot be adopted now; RequestRefused with status 422 when the adopt
 * failed. The seed is then as it was before, or the detail says that it is spent.
 */
export async function answerAdopt(
  adopts: AdoptAdmission,
  document: unknown,
  source: string,
): Promise<AdoptResult> {
  const read = await readBinding(document, source);
  if (read.id === "invalid") throw badRequest(read.problems);
  const { binding } = read;
  const outcome = await adopts.adopt({ id: binding.id ?? randomId(), binding, source });
  switch (outcome.id) {
    case "adopted": {
      const { id: _, ...result } = outcome;
      return result;
    }
    case "invalid":
      throw badRequest(outcome.problems);
    case "refused":
      throw new Failed({ code: outcome.code });
    case "bound":
      throw new Failed({ code: "already-bound", id: outcome.by });
    case "failed": {
      const { phase, failure, readyByThen, spent = false } = outcome;
      throw new RequestRefused(422, {
        ...failure,
        message: `${phase}: ${failure.message}`,
        detail: { ...failure.detail, phase, readyByThen: [...readyByThen], spent },
      });
    }
    default:
      return outcome satisfies never;
  }
}

function badRequest(problems: readonly InputProblem[]): Failed<"bad-request"> {
  return new Failed({ code: "bad-request", problem: "input", problems });
}
