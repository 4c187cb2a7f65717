import { Failed } from "../../base/failed.ts";
import { RequestRefused } from "../../observe/status/control.ts";
import type { AdoptResult } from "../../protocol/index.ts";
import type { AdoptAdmission } from "./adopt-admission.ts";

/**
 * Answers `POST /v1/adopt`.
 *
 * @throws Failed for a bad request, or when the seed cannot be adopted now; RequestRefused with status 422 when the adopt
 * failed. The seed is then as it was before.
 */
export async function answerAdopt(adopts: AdoptAdmission, request: unknown): Promise<AdoptResult> {
  const outcome = await adopts.adopt(request);
  switch (outcome.id) {
    case "adopted": {
      const { id: _, ...result } = outcome;
      return result;
    }
    case "invalid": {
      const { problems } = outcome;
      throw new Failed({ code: "bad-request", problem: "input", problems });
    }
    case "refused":
      throw new Failed({ code: outcome.code });
    case "failed": {
      const { phase, failure, readyByThen } = outcome;
      throw new RequestRefused(422, {
        ...failure,
        message: `${phase}: ${failure.message}`,
        detail: { ...failure.detail, phase, readyByThen: [...readyByThen] },
      });
    }
    default:
      return outcome satisfies never;
  }
}
