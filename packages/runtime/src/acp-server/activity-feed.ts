import type { ServerResponse } from "node:http";
import type { AnyNotification, AnyResponse } from "@agentclientprotocol/sdk";
import type { Clock } from "../base/clock.ts";
import type { Activity, AuthenticationNeed } from "./contract.ts";
import { MOST_UNREAD_ACTIVITY_BYTES } from "./limits.ts";
import { sessionOf, textIn } from "./messages.ts";
import { reportable } from "./reported.ts";

/** Updates that an agent also sends without a prompt, and those that repeat the prompt. */
const NO_ANSWER: ReadonlySet<string | null> = new Set([
  "available_commands_update",
  "config_option_update",
  "current_mode_update",
  "session_info_update",
  "state_update",
  "usage_update",
  "user_message",
  "user_message_chunk",
]);

interface Prompt {
  readonly askedMs: number;
  /** Null while the agent is silent. */
  updatedMs: number | null;
}

/**
 * Tells the runtime what clients do. Works the same when nobody listens: a runtime that comes later is told what it has to
 * know.
 */
export class ActivityFeed {
  readonly #clock: Pick<Clock, "nowMs">;
  #listener: ServerResponse | null = null;
  #lastOfAgent: Activity | null = null;
  #wasAsked = false;
  #firstAnswer: (Prompt & { readonly endedMs: number }) | null = null;
  /** The last prompt of each session, until it ends. */
  readonly #prompts = new Map<string, Prompt>();

  constructor(clock: Pick<Clock, "nowMs">) {
    this.#clock = clock;
  }

  /** There is one runtime: a new listener replaces the one before. */
  listen(outgoing: ServerResponse): void {
    this.#listener?.destroy();
    this.#listener = outgoing;
    outgoing.writeHead(200, { "content-type": "application/x-ndjson" });
    outgoing.flushHeaders();
    if (this.#lastOfAgent !== null) this.#tell(this.#lastOfAgent);
    if (this.#wasAsked) this.#tell({ type: "prompt-asked" });
    this.#tellFirstAnswer();
  }

  /** A prompt goes to the agent. @returns the call for its answer */
  asked(session: string): (response: AnyResponse) => void {
    const prompt: Prompt = { askedMs: this.#clock.nowMs(), updatedMs: null };
    this.#prompts.set(session, prompt);
    this.#wasAsked = true;
    this.#tell({ type: "prompt-asked" });
    return (response) => {
      if (this.#prompts.get(session) === prompt) this.#prompts.delete(session);
      if (isAnswer(response)) this.#answered(prompt);
    };
  }

  /** The agent says something. */
  updated(message: AnyNotification): void {
    const session = sessionOf(message);
    const prompt = session === null ? undefined : this.#prompts.get(session);
    if (prompt === undefined) return;
    const { update } = message.params as { readonly update?: unknown };
    if (NO_ANSWER.has(textIn(update, "sessionUpdate"))) return;
    prompt.updatedMs ??= this.#clock.nowMs();
  }

  authenticated(): void {
    this.#tellOfAgent({ type: "authenticated" });
  }

  /** The agent has refused a client, because it needs authentication. */
  authenticationRequired(need: AuthenticationNeed): void {
    this.#tellOfAgent({ type: "authentication-required", ...need });
  }

  /** A client has opened a session. The first one says that the agent can. */
  sessionOpened(sessionId: string): void {
    if (this.#lastOfAgent?.type === "session-opened") return;
    this.#tellOfAgent({ type: "session-opened", sessionId: reportable(sessionId) });
  }

  #answered(prompt: Prompt): void {
    // What it was refused for is over.
    if (this.#lastOfAgent?.type === "authentication-required") this.authenticated();
    if (this.#firstAnswer !== null) return;
    this.#firstAnswer = { ...prompt, endedMs: this.#clock.nowMs() };
    this.#tellFirstAnswer();
  }

  #tellFirstAnswer(): void {
    if (this.#firstAnswer === null) return;
    const { askedMs, updatedMs, endedMs } = this.#firstAnswer;
    this.#tell({
      type: "answered",
      agoMs: this.#clock.nowMs() - askedMs,
      updateMs: updatedMs === null ? null : updatedMs - askedMs,
      endMs: endedMs - askedMs,
    });
  }

  #tellOfAgent(activity: Activity): void {
    this.#lastOfAgent = activity;
    this.#tell(activity);
  }

  #tell(activity: Activity): void {
    const listener = this.#listener;
    if (listener === null || listener.destroyed) return;
    listener.write(`${JSON.stringify(activity)}\n`);
    // It comes back when it reads again.
    if (listener.writableLength > MOST_UNREAD_ACTIVITY_BYTES) listener.destroy();
  }
}

function isAnswer(response: AnyResponse): boolean {
  return "result" in response && textIn(response.result, "stopReason") !== "cancelled";
}
