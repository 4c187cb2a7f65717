import { Failed } from "../../../base/failed.ts";
import { MAX_BINDING_BYTES } from "../../../protocol/binding-keys.ts";
import { readJson, sendJson } from "../exchange.ts";
import type { Route } from "../route.ts";

/** How long what runs may take to end before a snapshot. */
const FREEZE_SECONDS = 10;
const MAX_FREEZE_SECONDS = 3_600;

export const lifecycleRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/adopt",
    enrols: true,
    handle: async ({ request, response, control }) => {
      if (control.adopt === null) {
        throw new Failed({ code: "not-a-seed", mode: control.bus.state.mode });
      }
      sendJson(response, 200, await control.adopt(await readJson(request, MAX_BINDING_BYTES)));
    },
  },
  {
    method: "POST",
    path: "/v1/retry",
    handle: async ({ request, response, control }) => {
      const { from: given } = await readJson(request);
      const from = textOf("from", given);
      sendJson(response, 202, await control.retry(from ?? null));
    },
  },
  {
    method: "POST",
    path: "/v1/freeze",
    handle: async ({ request, response, control }) => {
      const { waitSeconds: given } = await readJson(request);
      const waitSeconds = secondsOf("waitSeconds", given) ?? FREEZE_SECONDS;
      sendJson(response, 200, await control.freeze(waitSeconds * 1_000));
    },
  },
  {
    method: "POST",
    path: "/v1/thaw",
    handle: async ({ request, response, control, streams }) => {
      const { binding } = await readJson(request, MAX_BINDING_BYTES);
      // A snapshot may have many clones.
      streams.startOver();
      sendJson(response, 200, await control.thaw(binding));
    },
  },
  {
    method: "POST",
    path: "/v1/shutdown",
    handle: async ({ request, response, control }) => {
      const { reason: given } = await readJson(request);
      const reason = textOf("reason", given) ?? "POST /v1/shutdown";
      sendJson(response, 202, { accepted: true, pid: control.bus.state.pid });
      control.shutdown(reason);
    },
  },
];

/** @throws Failed `bad-request` for a field that is there and is no number of seconds. */
function secondsOf(field: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && value >= 0 && value <= MAX_FREEZE_SECONDS) return value;
  const expected = `a number from 0 to ${MAX_FREEZE_SECONDS}`;
  const found = JSON.stringify(value);
  throw new Failed({ code: "bad-request", problem: "field", field, expected, found });
}

/** @throws Failed `bad-request` for a field that is there and is no text. */
function textOf(field: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  const [expected, found] = ["some text", JSON.stringify(value)];
  throw new Failed({ code: "bad-request", problem: "field", field, expected, found });
}
