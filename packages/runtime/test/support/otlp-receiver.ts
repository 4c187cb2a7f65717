import { createServer, type IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { decodeTraces, type ReceivedSpan, tracesFromJson } from "./otlp.ts";
import { serve } from "./serve.ts";

/** A collector of traces: accepts OTLP/HTTP requests, decodes them, and answers. */
export class OtlpReceiver {
  readonly url: string;
  readonly spans: ReceivedSpan[] = [];
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = [];

  private constructor(url: string) {
    this.url = url;
  }

  /** @param answer - `hang`: accepts requests and never answers. */
  static async start(answer: "ok" | "hang" = "ok"): Promise<OtlpReceiver> {
    const server = createServer(async (request, response) => {
      const body = await buffer(request);
      receiver.requests.push({ path: request.url ?? "", headers: request.headers });
      if (answer === "hang") return;
      const bytes = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
      const isJson = request.headers["content-type"] === "application/json";
      receiver.spans.push(...(isJson ? tracesFromJson(bytes.toString()) : decodeTraces(bytes)));
      response.writeHead(200, { "content-type": request.headers["content-type"] }).end();
    });
    const receiver = new OtlpReceiver(`http://127.0.0.1:${await serve(server)}`);
    return receiver;
  }
}
