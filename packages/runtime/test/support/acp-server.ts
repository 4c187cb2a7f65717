import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { McpServer } from "@agentclientprotocol/sdk";
import { onTestFinished } from "vitest";
import { nodeUnderTest } from "../../../../test/support/node-under-test.ts";
import {
  type Activity,
  authorizationOf,
  CONTROL,
  HTTP_PORT,
  LISTENING,
  OPTIONS,
  PASSWORD,
  PATHS,
  type SessionAnswer,
} from "../../src/acp-server/contract.ts";
import { AcpClient, type AcpClientOptions } from "./acp-client.ts";
import { bareEnv } from "./bare-env.ts";
import { ask } from "./http.ts";
import { freePort, scratchFolder } from "./scratch.ts";

/** As it is published. */
const program = join(import.meta.dirname, "../../dist/acp-server.js");
const acpAgent = join(import.meta.dirname, "../fixtures/acp-agent.mjs");

const PASSWORD_VALUE = "password";
const authorization = authorizationOf(PASSWORD_VALUE);

export interface RunningOptions {
  /** The agent serves HTTP, too, and asks for these headers. */
  readonly http?: Readonly<Record<string, string>>;
  /** The agent makes no session before a client has authenticated. */
  readonly needsKey?: boolean;
  /** In place of the fixture. */
  readonly command?: readonly string[];
}

/** A running server with the fixture as its agent. */
export class RunningAcpServer {
  static readonly authorization = authorization;
  static readonly password = PASSWORD_VALUE;
  readonly port: number;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #stderr: Promise<string>;
  readonly #record: string;

  private constructor(
    child: ChildProcessByStdio<null, Readable, Readable>,
    port: number,
    record: string,
  ) {
    this.#child = child;
    this.port = port;
    this.#record = record;
    this.#stderr = text(child.stderr);
  }

  /** Starts it, and waits until it listens. */
  static async start({
    http,
    needsKey,
    command: own,
  }: RunningOptions = {}): Promise<RunningAcpServer> {
    const folder = await scratchFolder();
    const [port, record] = [await freePort(), join(folder, "agent.jsonl")];
    const door = http === undefined ? [] : ["--port", HTTP_PORT];
    const fault = needsKey ? ["needs-key"] : [];
    const command = own ?? [process.execPath, acpAgent, record, ...fault, ...door];
    const child = spawn(nodeUnderTest, [program, String(port), ...command], {
      cwd: folder,
      env: {
        ...bareEnv(),
        [PASSWORD]: PASSWORD_VALUE,
        [OPTIONS]: JSON.stringify({ httpHeaders: http ?? null, native: null }),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const server = new RunningAcpServer(child, port, record);
    onTestFinished(async () => {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    });
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith(LISTENING)) return server;
    }
    throw new Error(`the server does not listen:\n${await server.#stderr}`);
  }

  connect(options: Omit<AcpClientOptions, "port" | "headers"> = {}): Promise<AcpClient> {
    return AcpClient.connect({ ...options, port: this.port, headers: { authorization } });
  }

  /** What the runtime asks for after the hooks. */
  async prepare(
    cwd: string,
    headers = { [CONTROL]: PASSWORD_VALUE },
    mcpServers: readonly McpServer[] = [],
  ): Promise<SessionAnswer> {
    const { body } = await ask(this.port, PATHS.session, {
      method: "POST",
      headers: { authorization, ...headers },
      body: JSON.stringify({ cwd, mcpServers, authMethod: null }),
    });
    return JSON.parse(body);
  }

  /** What the runtime hears of its clients, from now on. */
  async *activity(): AsyncGenerator<Activity> {
    const headers = { authorization, [CONTROL]: PASSWORD_VALUE };
    const { port } = this;
    const asked = request({ host: "127.0.0.1", port, path: PATHS.activity, headers }).end();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    for await (const line of createInterface({ input: answer })) yield JSON.parse(line);
  }

  /** Its exit code and what it wrote to standard error. */
  async ended(): Promise<{ readonly exitCode: number | null; readonly stderr: string }> {
    if (this.#child.exitCode === null) await once(this.#child, "exit");
    return { exitCode: this.#child.exitCode, stderr: await this.#stderr };
  }

  /** The messages that the agent got, and its start. */
  async record(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const lines = (await readFile(this.#record, "utf8")).split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
  }
}
