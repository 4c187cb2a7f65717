import { Failed } from "../../../base/failed.ts";
import { readJson, sendJson } from "../exchange.ts";
import type { Route } from "../route.ts";

export const gitCredentialRoute: Route = {
  method: "POST",
  path: "/v1/git/credential",
  local: true,
  handle: async ({ request, response, control }) => {
    const body = await readJson(request);
    const { action } = body;
    if (action !== "get" && action !== "erase") throw bad("action", '"get" or "erase"', action);
    const [username, password] = [optional(body, "username"), optional(body, "password")];
    const answer = await control.gitCredential({
      action,
      protocol: required(body, "protocol"),
      host: required(body, "host"),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
    });
    sendJson(response, 200, answer);
  },
};

function required(body: Readonly<Record<string, unknown>>, field: string): string {
  const value = optional(body, field);
  if (value === undefined) throw bad(field, "some text", value);
  return value;
}

function optional(body: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || typeof value === "string") return value;
  throw bad(field, "some text", value);
}

/** Names the type of what is there: its value may be a password. */
function bad(field: string, expected: string, value: unknown): Failed {
  const found = value === undefined ? "nothing" : `a ${typeof value}`;
  return new Failed({ code: "bad-request", problem: "field", field, expected, found });
}
