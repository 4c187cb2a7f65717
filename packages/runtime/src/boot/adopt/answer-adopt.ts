import { describeProblem } from "../../config/errors.ts";
import { RequestRefused } from "../../observe/status/control.ts";
import type { AdoptResult } from "../../protocol/index.ts";
import type { AdoptDesk } from "./adopt-desk.ts";

/**
 * `POST /v1/adopt`: asks the desk and makes an answer of what came of it.
 *
 * @throws RequestRefused with status 400 for a bad request, 409 when it cannot be now, 422 when it did not work out and
 * the seed is as it was.
 */
export async function answerAdopt(desk: AdoptDesk, request: unknown): Promise<AdoptResult> {
  const outcome = await desk.adopt(request);
  switch (outcome.id) {
    case "adopted": {
      const { id: _, ...result } = outcome;
      return result;
    }
    case "invalid": {
      const message = outcome.problems.map(describeProblem).join("\n");
      throw new RequestRefused(400, { code: "bad-request", message });
    }
    case "refused": {
      const { code, message } = outcome;
      throw new RequestRefused(409, { code, message });
    }
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
