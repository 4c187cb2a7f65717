import { request } from "node:http";

/**
 * Sends one request: POST when it has a body, else GET.
 *
 * @param {{ socketPath?: string, port?: number, path: string, body?: object, headers?: Record<string, string> }} what
 * @returns {Promise<{ status: number, body: any }>} the answer, parsed
 */
export function ask({ body, headers, ...where }) {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        ...where,
        method: body === undefined ? "GET" : "POST",
        headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
        agent: false,
      },
      (incoming) => {
        let text = "";
        incoming.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        incoming.once("error", reject);
        incoming.once("end", () => {
          resolve({
            status: incoming.statusCode ?? 0,
            body: text === "" ? null : JSON.parse(text),
          });
        });
      },
    );
    outgoing.once("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
