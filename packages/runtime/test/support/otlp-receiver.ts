import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import { decodeTraces, type ReceivedSpan, tracesFromJson } from "./otlp.ts";

/** What a collector does with traces: takes requests of OTLP/HTTP, decodes them, and answers. */
export class OtlpReceiver {
  readonly url: string;
  readonly spans: ReceivedSpan[] = [];
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = [];

  private constructor(url: string) {
    this.url = url;
  }

  /** @param answer - `hang`: takes what comes and never answers. */
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
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const receiver = new OtlpReceiver(`http://127.0.0.1:${port}`);
    return receiver;
  }
}
