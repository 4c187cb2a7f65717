/** What a route is for, for those who read its description; beside the routes, so that no boot loads it. */
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
  | "AdoptRequest"
  | "AdoptResult"
  | "BootReport"
  | "Error"
  | "LogLine"
  | "LogLines"
  | "OpenApi"
  | "ProbeAnswer"
  | "ProcessState"
  | "RuntimeEvent"
  | "RuntimeState"
  | "ShutdownAnswer"
  | "ShutdownRequest";

const refusal = (description: string): OperationAnswer => ({ description, schema: "Error" });

const noSuchProcess = refusal("`no-such-process`");

const processAction = (what: string): Operation => ({
  summary: what,
  answers: {
    200: { description: "Its state after it; it may not be ready yet.", schema: "ProcessState" },
    404: noSuchProcess,
    409: refusal("`booting`, `not-installed`, `not-started` or `shutting-down`"),
  },
});

const probe = (summary: string): Operation => ({
  summary,
  answers: {
    200: { description: "Yes.", schema: "ProbeAnswer" },
    503: { description: "Not now, and what the boot waits for.", schema: "ProbeAnswer" },
  },
});

const lastEventId = {
  name: "Last-Event-ID",
  description: "Go on after this message; its number alone will do.",
};

/** By method and path; a test sees to it that every route is here, and nothing else. */
export const operations: Readonly<Record<string, Operation>> = {
  "GET /livez": {
    summary: "Whether the runtime lives.",
    answers: { 200: { description: "Yes." } },
  },
  "GET /startupz": probe("Whether a boot has got to its end once: ready, or seeded."),
  "GET /readyz": probe("Whether prompts are let in and the agent runs."),
  "GET /v1/state": {
    summary: "Everything that is known now.",
    answers: { 200: { description: "The state.", schema: "RuntimeState" } },
  },
  "GET /v1/report": {
    summary: "The report of the boot or adopt that ended last.",
    answers: {
      200: { description: "The report.", schema: "BootReport" },
      404: refusal("`no-report-yet`"),
    },
  },
  "GET /v1/events": {
    summary: "What has happened and what happens, as server-sent events.",
    headers: [lastEventId],
    query: [{ name: "lastEventId", description: "As the header Last-Event-ID.", type: "string" }],
    answers: {
      200: {
        description:
          "The data of each message is a RuntimeEvent. A message `event: state` holds a RuntimeState: it comes when events are gone that the reader has missed.",
        schema: "RuntimeEvent",
        contentType: "text/event-stream",
      },
    },
  },
  "GET /v1/processes/:id/logs": {
    summary: "What is kept of a process's output, or a stream of it that goes on.",
    headers: [lastEventId],
    query: [
      { name: "follow", description: "As server-sent events that go on.", type: "boolean" },
      { name: "tail", description: "Only so many of the last lines.", type: "integer" },
      { name: "after", description: "Only lines after this number.", type: "integer" },
    ],
    answers: {
      200: {
        description:
          "With `follow` as text/event-stream: the data of each message is a LogLine; a message `event: gap` tells in `missed` how many lines are lost.",
        schema: "LogLines",
      },
      400: refusal("`bad-request`"),
      404: noSuchProcess,
    },
  },
  "POST /v1/processes/:id/restart": processAction("Stop a process when it runs, and start it."),
  "POST /v1/processes/:id/stop": processAction("End a process and all it started."),
  "POST /v1/processes/:id/start": processAction("Start a process unless it runs."),
  "POST /v1/adopt": {
    summary: "Give a seed its repositories; answers when the adopt has ended.",
    body: { schema: "AdoptRequest", required: false },
    answers: {
      200: { description: "The seed is a sandbox now.", schema: "AdoptResult" },
      400: refusal("`bad-request`"),
      409: refusal("`not-a-seed`, or it cannot be now"),
      422: refusal("It did not work out; the seed is as it was."),
    },
  },
  "POST /v1/shutdown": {
    summary: "Ask for the end in good order; once more to hurry.",
    body: { schema: "ShutdownRequest", required: false },
    answers: {
      202: { description: "It has been asked.", schema: "ShutdownAnswer" },
      400: refusal("`bad-request`"),
    },
  },
  "GET /metrics": {
    summary: "The state for Prometheus.",
    answers: { 200: { description: "In its text format.", contentType: "text/plain" } },
  },
  "GET /v1/openapi.json": {
    summary: "This description.",
    answers: { 200: { description: "OpenAPI 3.1.", schema: "OpenApi" } },
  },
};
