/** The description of a route. Not in the routes' own files, so that a boot does not load it. */
export interface Operation {
  readonly summary: string;
  readonly query?: readonly QueryParameter[];
  readonly headers?: readonly { readonly name: string; readonly description: string }[];
  readonly body?: { readonly schema: SchemaName; readonly required: boolean };
  readonly answers: Readonly<Record<number, OperationAnswer>>;
}

export interface QueryParameter {
  readonly name: string;
  readonly description: string;
  readonly type: "integer" | "boolean" | "string";
}

export interface OperationAnswer {
  readonly description: string;
  readonly schema?: SchemaName;
  /** Default: `application/json`. */
  readonly contentType?: string;
}

/** Named in `schemas.ts`. */
export type SchemaName =
  | "AdoptResult"
  | "Binding"
  | "BootHistory"
  | "BootReport"
  | "Error"
  | "FreezeAnswer"
  | "FreezeRequest"
  | "GitCredentialAnswer"
  | "GitCredentialRequest"
  | "LogLine"
  | "LogLines"
  | "OpenApi"
  | "ProbeAnswer"
  | "ProcessState"
  | "RetryAnswer"
  | "RetryRequest"
  | "RuntimeEvent"
  | "RuntimeState"
  | "ShutdownAnswer"
  | "ShutdownRequest"
  | "ThawAnswer"
  | "ThawRequest";

const refusal = (description: string): OperationAnswer => ({ description, schema: "Error" });

const noSuchProcess = refusal("`no-such-process`");

const processAction = (what: string): Operation => ({
  summary: what,
  answers: {
    200: { description: "Its new state; it may not be ready yet.", schema: "ProcessState" },
    404: noSuchProcess,
    409: refusal("`booting`, `not-installed`, `not-started` or `shutting-down`"),
  },
});

const probe = (summary: string, query: readonly QueryParameter[]): Operation => ({
  summary,
  query,
  answers: {
    200: { description: "Yes.", schema: "ProbeAnswer" },
    400: refusal("`bad-request`"),
    503: { description: "Not now. Names the phases that run.", schema: "ProbeAnswer" },
  },
});

const lastEventId = {
  name: "Last-Event-ID",
  description: "Resume after this message. Its number alone is enough.",
};

/** Descriptions by method and path. A test makes sure that they match the routes. */
export const operations: Readonly<Record<string, Operation>> = {
  "GET /livez": {
    summary: "Whether the runtime lives.",
    answers: { 200: { description: "Yes." } },
  },
  "GET /startupz": probe("Whether a boot has completed: ready, or seeded.", [
    { name: "warm", description: "Also wait until the agent is warm.", type: "boolean" },
  ]),
  "GET /readyz": probe("Whether the agent runs and prompts are forwarded to it.", [
    {
      name: "seed",
      description: "Also yes for a seed that waits for its binding, and while it gets one.",
      type: "boolean",
    },
  ]),
  "GET /v1/state": {
    summary: "The present state.",
    answers: { 200: { description: "The state.", schema: "RuntimeState" } },
  },
  "GET /v1/report": {
    summary: "The report of the boot or adopt that ended last.",
    answers: {
      200: { description: "The report.", schema: "BootReport" },
      404: refusal("`no-report-yet`"),
    },
  },
  "GET /v1/history": {
    summary: "The boots on record, oldest first: how long each took, and its phases.",
    answers: { 200: { description: "Their times.", schema: "BootHistory" } },
  },
  "GET /v1/events": {
    summary: "Past and future events, as server-sent events.",
    headers: [lastEventId],
    query: [
      { name: "lastEventId", description: "Same as the header Last-Event-ID.", type: "string" },
    ],
    answers: {
      200: {
        description:
          "The data of each message is a RuntimeEvent. A message `event: state` has a RuntimeState. It comes when events that the reader has missed are no longer kept.",
        schema: "RuntimeEvent",
        contentType: "text/event-stream",
      },
    },
  },
  "GET /v1/processes/:id/logs": {
    summary: "The last lines of a process's output, or a stream of it.",
    headers: [lastEventId],
    query: [
      { name: "follow", description: "Stream the output as server-sent events.", type: "boolean" },
      { name: "tail", description: "How many of the last lines.", type: "integer" },
      { name: "after", description: "Only lines with a higher number.", type: "integer" },
    ],
    answers: {
      200: {
        description:
          "With `follow`, a text/event-stream: the data of each message is a LogLine. A message `event: gap` says in `missed` how many lines are lost.",
        schema: "LogLines",
      },
      400: refusal("`bad-request`"),
      404: noSuchProcess,
    },
  },
  "POST /v1/processes/:id/restart": processAction("Stop a process if it runs, then start it."),
  "POST /v1/processes/:id/stop": processAction("End a process and all that it started."),
  "POST /v1/processes/:id/start": processAction("Start a process unless it runs."),
  "POST /v1/adopt": {
    summary:
      "Give a seed its binding. The answer comes when the adopt has ended; the same id again gets the same one.",
    body: { schema: "Binding", required: false },
    answers: {
      200: { description: "The seed is now a sandbox.", schema: "AdoptResult" },
      400: refusal("`bad-request`"),
      409: refusal("`not-a-seed`, or it cannot adopt now"),
      422: refusal("The adopt has failed. The seed is unchanged."),
    },
  },
  "POST /v1/retry": {
    summary:
      "Try a boot again that has failed, from the phase that failed. Its events tell how it goes.",
    body: { schema: "RetryRequest", required: false },
    answers: {
      202: { description: "The retry begins.", schema: "RetryAnswer" },
      400: refusal("`bad-request`, also for a phase that this boot does not have"),
      409: refusal("`nothing-to-retry`, `retrying` or `stopping`"),
    },
  },
  "POST /v1/freeze": {
    summary:
      "Prepare for a snapshot or a stop: refuse prompts, let end what runs, write what was to be written. A second request gets the same answer.",
    body: { schema: "FreezeRequest", required: false },
    answers: {
      200: { description: "It is frozen.", schema: "FreezeAnswer" },
      400: refusal("`bad-request`"),
      409: refusal("`cannot-freeze`"),
    },
  },
  "POST /v1/thaw": {
    summary:
      "Go on after a pause, whether or not it was announced; a seed may get its binding with it.",
    body: { schema: "ThawRequest", required: false },
    answers: {
      200: { description: "It goes on.", schema: "ThawAnswer" },
      400: refusal("`bad-request`, for the binding"),
      409: refusal("`not-a-seed`, or it cannot adopt now; it goes on"),
      422: refusal("The adopt has failed. The seed is unchanged, and goes on."),
    },
  },
  "POST /v1/git/credential": {
    summary:
      "What git asks its credential helper. Only on the socket; a remote client uses its own credentials.",
    body: { schema: "GitCredentialRequest", required: true },
    answers: {
      200: { description: "The credential, or null.", schema: "GitCredentialAnswer" },
      400: refusal("`bad-request`"),
      502: refusal("`no-credential`: the source has none for this host"),
    },
  },
  "POST /v1/shutdown": {
    summary: "Request an orderly shutdown. A second request makes it hurry.",
    body: { schema: "ShutdownRequest", required: false },
    answers: {
      202: { description: "The shutdown begins.", schema: "ShutdownAnswer" },
      400: refusal("`bad-request`"),
    },
  },
  "GET /metrics": {
    summary: "The state for Prometheus.",
    answers: { 200: { description: "Prometheus text format.", contentType: "text/plain" } },
  },
  "GET /v1/openapi.json": {
    summary: "This description.",
    answers: { 200: { description: "OpenAPI 3.1.", schema: "OpenApi" } },
  },
};
