import { Failed } from "../../base/failed.ts";
import { RequestRefused } from "../../observe/status/control.ts";
import type { AdoptResult } from "../../protocol/index.ts";
import type { AdoptDesk } from "./adopt-desk.ts";

/**
 * `POST /v1/adopt`: asks the desk and makes an answer of what came of it.
 *
 * @throws Failed for a bad request or when the seed cannot be adopted now; RequestRefused with status 422 when the adopt failed and
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
