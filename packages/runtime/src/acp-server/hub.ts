import {
  AGENT_METHODS,
  type AgentConnectionLifecycle,
  type AgentConnector,
  type AnyNotification,
  type AnyRequest,
  type AnyResponse,
  CLIENT_METHODS,
  type ErrorResponse,
  type InitializeRequest,
  type InitializeResponse,
  type JsonRpcId,
  type McpServer,
  type NewSessionRequest,
  type NewSessionResponse,
  PROTOCOL_METHODS,
  RequestError,
  type Stream,
} from "@agentclientprotocol/sdk";
import { isObject } from "../base/is-object.ts";
import type { ActivityFeed } from "./activity-feed.ts";
import type { AgentLink, AgentListener } from "./agent-link.ts";
import { Client } from "./client.ts";
import type { AuthenticationNeed } from "./contract.ts";
import { keyOf, madeSession, sessionOf, sort, textIn } from "./messages.ts";
import { PreparedSession } from "./prepared-session.ts";
import { Questions } from "./questions.ts";
import { reportable, reportableChoices } from "./reported.ts";
import { Sessions } from "./sessions.ts";

/** @see https://agentclientprotocol.com/protocol/schema#errorcode */
const AUTHENTICATION_REQUIRED = -32_000;

/** A client's requests that are not answered yet: the agent's ids by the client's. */
type Asked = Map<string, number>;

/**
 * Lets any number of clients use one agent, each as if it were alone. The agent is initialized once, before any client is there.
 * Sessions belong to the agent: a client that comes back loads its session, and several clients may have the same one open.
 */
export class Hub implements AgentConnector, AgentListener {
  readonly #agent: AgentLink;
  readonly #activity: ActivityFeed;
  readonly #clients = new Set<Client>();
  readonly #sessions = new Sessions();
  readonly #questions: Questions;
  readonly #prepared = new PreparedSession();
  #initialized: InitializeResponse | null = null;
  /** What every session gets beside the client's own. */
  #mcpServers: readonly McpServer[] = [];

  constructor(agent: AgentLink, activity: ActivityFeed) {
    this.#agent = agent;
    this.#activity = activity;
    this.#questions = new Questions(agent);
  }

  /** How many clients are connected. */
  get clients(): number {
    return this.#clients.size;
  }

  /**
   * To be called once, before any client comes.
   *
   * @throws RequestError as the agent answered; Error when its answer is none.
   */
  async initialize(request: InitializeRequest): Promise<void> {
    const answer: InitializeResponse | null | undefined = await this.#agent.request(
      AGENT_METHODS.initialize,
      request,
    );
    if (typeof answer?.protocolVersion !== "number") {
      throw new Error("the agent's answer to initialize has no protocolVersion");
    }
    this.#initialized = answer;
  }

  /** What the agent said of itself. */
  get initialized(): InitializeResponse {
    if (this.#initialized === null) throw new Error("the agent is not initialized yet");
    return this.#initialized;
  }

  /** The authentication that a refused request lacks; null when it was refused for something else. */
  needOf({ code, message }: Pick<ErrorResponse, "code" | "message">): AuthenticationNeed | null {
    if (code !== AUTHENTICATION_REQUIRED) return null;
    const { authMethods } = this.initialized;
    return { message: reportable(String(message)), methods: reportableChoices(authMethods) };
  }

  /** @throws RequestError as the agent answered. */
  async authenticate(methodId: string): Promise<void> {
    await this.#agent.request(AGENT_METHODS.authenticate, { methodId });
  }

  /**
   * Makes a session before anybody asks for it. From now on clients learn its folder, and their sessions get its MCP servers.
   *
   * @throws RequestError as the agent answered.
   */
  async prepare(request: NewSessionRequest): Promise<NewSessionResponse> {
    const { _meta } = this.initialized;
    const sandboot = { cwd: request.cwd };
    this.#initialized = { ...this.initialized, _meta: { ..._meta, sandboot } };
    this.#mcpServers = request.mcpServers;
    const response: NewSessionResponse = await this.#agent.request(
      AGENT_METHODS.session_new,
      request,
    );
    if (typeof response?.sessionId !== "string") {
      throw RequestError.internalError(undefined, "the answer to session/new has no sessionId");
    }
    this.#prepared.keep(request, response);
    return response;
  }

  /** A client has come. */
  connect(stream: Stream): AgentConnectionLifecycle {
    const client = new Client(stream);
    this.#clients.add(client);
    void this.#serve(client);
    return { closed: client.left };
  }

  /** The agent asks something. */
  request(message: AnyRequest): void {
    const session = sessionOf(message);
    const client = session === null ? [...this.#clients].at(-1) : this.#sessions.lastOf(session);
    this.#questions.ask(message, client);
  }

  /** The agent says something. */
  notification(message: AnyNotification): void {
    if (message.method === CLIENT_METHODS.session_update) this.#activity.updated(message);
    const session = sessionOf(message);
    if (session !== null) this.#sessions.tell(session, message);
    else for (const client of this.#clients) client.send(message);
  }

  /** The agent has ended: clients are told why, in place of the answers that they wait for, and disconnected. */
  async end(reason: string): Promise<void> {
    this.#agent.end(
      RequestError.internalError({ reason: "agent-ended" }, reason).toErrorResponse(),
    );
    await Promise.all([...this.#clients].map((client) => client.close()));
  }

  async #serve(client: Client): Promise<void> {
    const asked: Asked = new Map();
    for await (const message of client.messages()) {
      const sorted = sort(message);
      switch (sorted.is) {
        case "request":
          this.#ask(client, sorted.message, asked);
          break;
        case "notification":
          this.#notify(sorted.message, asked);
          break;
        case "response":
          this.#questions.answer(sorted.message, client);
          break;
        default:
          sorted satisfies never;
      }
    }
    this.#clients.delete(client);
    this.#sessions.detach(client);
    this.#questions.takeBack(client, (session) => this.#sessions.lastOf(session));
  }

  #ask(client: Client, { id, method, params: given }: AnyRequest, asked: Asked): void {
    const answer = (result: unknown) => client.send({ jsonrpc: "2.0", id, result });
    if (method === AGENT_METHODS.initialize) {
      answer(this.initialized);
      return;
    }
    const params = this.#withServers(method, given);
    const prepared = method === AGENT_METHODS.session_new ? this.#prepared.take(params) : null;
    if (prepared !== null) {
      answer(prepared);
      this.#open(prepared.sessionId, client);
      return;
    }
    const session = sessionOf({ params });
    if (session !== null) this.#open(session, client);
    const isPrompt = method === AGENT_METHODS.session_prompt && session !== null;
    const promptEnded = isPrompt ? this.#activity.asked(session) : null;
    const key = keyOf(id);
    const agentId = this.#agent.ask(method, params, (response) => {
      asked.delete(key);
      client.send({ ...response, id });
      promptEnded?.(response);
      this.#afterAnswer(client, method, session, response);
    });
    asked.set(key, agentId);
  }

  /** Requests that make, load or resume a session name the MCP servers that it gets. */
  #withServers(method: string, params: unknown): unknown {
    if (!OPENS_SESSION.has(method) || this.#mcpServers.length === 0) return params;
    const own = isObject(params) ? (params["mcpServers"] ?? []) : null;
    // What is no list is the agent's to refuse.
    if (!Array.isArray(own)) return params;
    const names = new Set(own.map((server) => textIn(server, "name")));
    const added = this.#mcpServers.filter(({ name }) => !names.has(name));
    return { ...(params as object), mcpServers: [...own, ...added] };
  }

  #afterAnswer(
    client: Client,
    method: string,
    session: string | null,
    response: AnyResponse,
  ): void {
    if ("error" in response) {
      const need = NEEDS_KEY.has(method) ? this.needOf(response.error) : null;
      if (need !== null) this.#activity.authenticationRequired(need);
      return;
    }
    const made = madeSession(response);
    if (made !== null) this.#open(made, client);
    if (method === AGENT_METHODS.authenticate) this.#activity.authenticated();
    const opened = OPENS_SESSION.has(method) ? (made ?? session) : null;
    if (opened !== null) this.#activity.sessionOpened(opened);
    if (session !== null && ENDS_SESSION.has(method)) this.#sessions.forget(session);
  }

  #open(session: string, client: Client): void {
    if (!this.#clients.has(client)) return;
    this.#sessions.attach(session, client);
    this.#questions.offer(session, client);
  }

  #notify({ method, params }: AnyNotification, asked: Asked): void {
    if (method !== PROTOCOL_METHODS.cancel_request) {
      this.#agent.notify(method, params);
      return;
    }
    const requestId = isObject(params) ? params["requestId"] : undefined;
    const agentId = asked.get(keyOf(requestId as JsonRpcId));
    if (agentId !== undefined) this.#agent.notify(method, { requestId: agentId });
  }
}

const OPENS_SESSION: ReadonlySet<string> = new Set([
  AGENT_METHODS.session_new,
  AGENT_METHODS.session_load,
  AGENT_METHODS.session_resume,
]);

/** An agent whose key was revoked refuses these. */
const NEEDS_KEY: ReadonlySet<string> = new Set([...OPENS_SESSION, AGENT_METHODS.session_prompt]);

const ENDS_SESSION: ReadonlySet<string> = new Set([
  AGENT_METHODS.session_close,
  AGENT_METHODS.session_delete,
]);
