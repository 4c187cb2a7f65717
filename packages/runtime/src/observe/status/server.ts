import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from "node:http";
import { isAuthorized, type TurnedAway, UNAUTHORIZED } from "../../base/bearer.ts";
import { Failed } from "../../base/failed.ts";
import { createServer } from "../../base/node-http.ts";
import { fromOwnSite } from "../../base/site.ts";
import { listenFailure } from "../../process/ports.ts";
import type { RuntimeControl } from "./control.ts";
import { Durations } from "./durations.ts";
import { EventStreams, type EventStreamsOptions } from "./event-stream.ts";
import { sendFailure } from "./exchange.ts";
import { type Match, matchRoute, type Route } from "./route.ts";
import { routes } from "./routes/table.ts";
import { listenOnSocket } from "./socket.ts";

/** A port for programs that cannot reach the socket. Needs a token, because everybody who can connect is a stranger. */
export interface StatusPort {
  readonly host: string;
  readonly port: number;
  /** Asked for at every request: a binding may bring another one. Null: nobody is admitted. */
  readonly token: () => string | null;
  /** Whether a request without that token may bind the seed. */
  readonly mayBind: (headers: IncomingHttpHeaders) => boolean;
  /** Whether a request without that token may read the metrics. */
  readonly mayMeasure: (headers: IncomingHttpHeaders) => boolean;
}

export interface StatusServerOptions extends EventStreamsOptions {
  readonly control: RuntimeControl;
  /** No token is needed here: the file mode of the socket says who may connect. */
  readonly socketPath: string;
  readonly tcp: StatusPort | null;
  /** Milliseconds that open streams have at the end to send the last events. */
  readonly farewellMs?: number;
}

/** Decides about a request for a route; null for one that there is not. */
type Admit = (request: IncomingMessage, route: Route | null) => TurnedAway | null;

/** A unix socket has no port, and its mode says who may connect. */
function isOnPort({ socket }: IncomingMessage): boolean {
  return socket.localPort !== undefined;
}

/** Probes are for everybody. On loopback that means programs of this machine, and no page of another site. */
function byToken({ host, token: tokenNow, mayBind, mayMeasure }: StatusPort): Admit {
  const toStrangers = host.startsWith("127.") || host === "::1" ? fromOwnSite([]) : () => null;
  return (request, route) => {
    const token = tokenNow();
    if (token !== null && isAuthorized(request.headers, token)) return null;
    if (route?.enrols === true && mayBind(request.headers)) return null;
    if (route?.measures === true && mayMeasure(request.headers)) return null;
    return route?.open === true ? toStrangers(request) : UNAUTHORIZED;
  };
}

/** Serves the status API (docs/status-api.md). Listens early, so that a boot can be watched from its beginning. */
export class StatusServer implements AsyncDisposable {
  readonly #options: StatusServerOptions;
  readonly #streams: EventStreams;
  readonly #durations: Durations;
  readonly #servers: Server[] = [];

  constructor(options: StatusServerOptions) {
    this.#options = options;
    this.#streams = new EventStreams(options);
    this.#durations = new Durations(options.control.bus);
  }

  /** @throws Failed `socket-taken` when another runtime answers on the socket. */
  async listenOnSocket(): Promise<void> {
    await listenOnSocket(
      this.#serve(() => null),
      this.#options.socketPath,
    );
  }

  /**
   * Does nothing when no port is configured.
   *
   * @throws Failed `port-in-use`.
   */
  async listenOnPort(): Promise<void> {
    const { tcp } = this.#options;
    if (tcp === null) return;
    const server = this.#serve(byToken(tcp));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(tcp.port, tcp.host, () => resolve());
    }).catch(async (error: unknown) => {
      throw await listenFailure(error, tcp.port, "status.port");
    });
  }

  /** Another token may hold: cuts the streams on the port that were opened with an earlier one. */
  askAgain(): void {
    const { tcp } = this.#options;
    if (tcp === null) return;
    const admit = byToken(tcp);
    this.#streams.askAgain((request) => !isOnPort(request) || admit(request, null) === null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { farewellMs = 500 } = this.#options;
    const closed = this.#servers.map(
      (server) => new Promise((resolve) => server.close(() => resolve(null))),
    );
    this.#streams.end();
    for (const server of this.#servers) server.closeIdleConnections();
    const impatience = setTimeout(() => {
      for (const server of this.#servers) server.closeAllConnections();
    }, farewellMs);
    await Promise.all(closed);
    clearTimeout(impatience);
  }

  #serve(admit: Admit): Server {
    const server = createServer((request, response) => {
      void this.#answer(request, response, admit);
    });
    this.#servers.push(server);
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, admit: Admit): Promise<void> {
    try {
      await this.#route(request, response, admit);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else sendFailure(response, error);
    }
  }

  #route(request: IncomingMessage, response: ServerResponse, admit: Admit): Promise<void> | void {
    const { method = "GET", url = "/" } = request;
    const [pathname = "/", query = ""] = url.split("?", 2);
    const found = matchRoute(routes, method, pathname);
    const isElsewhere = found.id === "route" && found.route.local === true && isOnPort(request);
    const match: Match = isElsewhere ? { id: "not-found" } : found;
    const turned = admit(request, match.id === "route" ? match.route : null);
    if (turned !== null && "failure" in turned) {
      response.setHeaders(new Map(Object.entries(turned.headers)));
      throw new Failed(turned.failure);
    }
    switch (match.id) {
      case "route": {
        const { control } = this.#options;
        return match.route.handle({
          request,
          response,
          control,
          params: match.params,
          query: new URLSearchParams(query),
          streams: this.#streams,
          durations: this.#durations,
        });
      }
      case "method-not-allowed": {
        response.setHeader("allow", match.allowed.join(", "));
        const { allowed } = match;
        throw new Failed({ code: "method-not-allowed", path: pathname, method, allowed });
      }
      case "not-found":
        throw new Failed({ code: "not-found", path: pathname });
      default:
        return match satisfies never;
    }
  }
}
