import {
  type ClientConnection,
  client as clientApp,
  type McpServer,
  type NewSessionResponse,
  type PromptResponse,
  type RequestPermissionResponse,
  type Stream,
} from "@agentclientprotocol/sdk";
import { createHttpStream } from "@agentclientprotocol/sdk/experimental/http-client";
import { createWebSocketStream } from "@agentclientprotocol/sdk/experimental/ws-client";
import { WebSocket } from "ws";
import { Changes } from "./changes.ts";

export interface AcpClientOptions {
  readonly port: number;
  /** Default: /acp. */
  readonly path?: string;
  /** Of the request that opens the connection. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly by?: "http" | "websocket";
  /** Answers what the agent asks. Default: nothing is ever answered. */
  readonly permit?: () => Promise<RequestPermissionResponse>;
}

/** A client of an agent, by the SDK's own transports. */
export class AcpClient {
  /** Texts that the agent has said so far, with their sessions: `s1: hello`. */
  readonly heard: string[] = [];
  /** How often the agent has asked for permission. */
  asked = 0;
  readonly #changes = new Changes();
  readonly #connection: ClientConnection;

  private constructor(stream: Stream, permit: AcpClientOptions["permit"]) {
    this.#connection = clientApp({ name: "test" })
      .onNotification("session/update", ({ params: { sessionId, update } }) => {
        if (update.sessionUpdate !== "agent_message_chunk") return;
        if (update.content.type !== "text") return;
        this.heard.push(`${sessionId}: ${update.content.text}`);
        this.#changes.notify();
      })
      .onRequest("session/request_permission", async () => {
        this.asked += 1;
        this.#changes.notify();
        return await (permit?.() ?? new Promise<never>(() => {}));
      })
      .connect(stream);
  }

  /** Connects and initializes. */
  static async connect(options: AcpClientOptions): Promise<AcpClient> {
    const { port, path = "/acp", headers = {}, by = "websocket", permit } = options;
    const stream =
      by === "http"
        ? createHttpStream(`http://127.0.0.1:${port}${path}`, { headers })
        : createWebSocketStream(`ws://127.0.0.1:${port}${path}`, { headers, WebSocket });
    const made = new AcpClient(stream, permit);
    await made.#connection.agent.request("initialize", { protocolVersion: 1 });
    return made;
  }

  async authenticate(methodId: string): Promise<void> {
    await this.#connection.agent.request("authenticate", { methodId });
  }

  newSession(cwd: string, mcpServers: McpServer[] = []): Promise<NewSessionResponse> {
    return this.#connection.agent.request("session/new", { cwd, mcpServers });
  }

  async loadSession(sessionId: string, cwd: string): Promise<void> {
    await this.#connection.agent.request("session/load", { sessionId, cwd, mcpServers: [] });
  }

  async resumeSession(sessionId: string, cwd: string): Promise<void> {
    await this.#connection.agent.request("session/resume", { sessionId, cwd, mcpServers: [] });
  }

  prompt(sessionId: string, text: string): Promise<PromptResponse> {
    const prompt = [{ type: "text", text }] as const;
    return this.#connection.agent.request("session/prompt", { sessionId, prompt: [...prompt] });
  }

  /** Resolves when the agent has said this in this session. */
  hears(sessionId: string, text: string): Promise<void> {
    return this.#changes.until(() => this.heard.includes(`${sessionId}: ${text}`));
  }

  /** Resolves when the agent has asked for permission. */
  isAsked(): Promise<void> {
    return this.#changes.until(() => this.asked > 0);
  }

  /** Resolves when the connection has ended. */
  get closed(): Promise<void> {
    return this.#connection.closed;
  }

  close(): void {
    this.#connection.close();
  }
}
