import type { ServerResponse } from "node:http";

/** A request that the server has read. */
export interface ModelRequest {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** JSON, parsed; null when the body was none. */
  readonly body: unknown;
}

/** How one provider's API answers. One format is one file in this folder and one line in `index.ts`. */
export interface WireFormat {
  readonly name: string;
  /** Whether a request is in this format. */
  accepts(request: ModelRequest): boolean;
  /** Sends the words as the provider's API would, streamed or whole as the request asks, and ends the response. */
  answer(request: ModelRequest, words: readonly string[], response: ServerResponse): void;
}

type Answering = (model: string, words: readonly string[], response: ServerResponse) => void;

/** Answers streamed or whole, as the request's body asks in the way of OpenAI and Anthropic. */
export function byBody(ways: {
  readonly streamed: Answering;
  readonly whole: Answering;
}): WireFormat["answer"] {
  return ({ body }, words, response) => {
    const { model = "stand-in", stream } = (body ?? {}) as {
      readonly model?: string;
      readonly stream?: boolean;
    };
    (stream === true ? ways.streamed : ways.whole)(model, words, response);
  };
}
