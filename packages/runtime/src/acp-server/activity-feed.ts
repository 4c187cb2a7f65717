import type { ServerResponse } from "node:http";
import type { AnyNotification, AnyResponse } from "@agentclientprotocol/sdk";
import type { Activity } from "./contract.ts";
import { MOST_UNREAD_ACTIVITY_BYTES } from "./limits.ts";
import { sessionOf, textIn } from "./messages.ts";

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

/** Tells the runtime what clients do. Works the same when nobody listens. */
export class ActivityFeed {
  #listener: ServerResponse | null = null;
  /** What a listener that comes later has to know. */
  #lastOfAgent: Activity | null = null;
  #prompts = 0;
  /** The prompts without an update so far, by session. */
  readonly #silent = new Map<string, number>();

  /** There is one runtime: a new listener replaces the one before. */
  listen(outgoing: ServerResponse): void {
    this.#listener?.destroy();
    this.#listener = outgoing;
    outgoing.writeHead(200, { "content-type": "application/x-ndjson" });
    outgoing.flushHeaders();
    if (this.#lastOfAgent !== null) this.#tell(this.#lastOfAgent);
  }

  /** A prompt goes to the agent. @returns the call for its answer */
  asked(session: string): (response: AnyResponse) => void {
    this.#prompts += 1;
    const prompt = this.#prompts;
    this.#silent.set(session, prompt);
    this.#tell({ type: "prompt-asked", prompt });
    return (response) => {
      if (this.#silent.get(session) === prompt) this.#silent.delete(session);
      this.#tell({ type: "prompt-ended", prompt, isAnswered: isAnswer(response) });
    };
  }

  /** The agent says something. */
  updated(message: AnyNotification): void {
    const session = sessionOf(message);
    const prompt = session === null ? undefined : this.#silent.get(session);
    if (session === null || prompt === undefined) return;
    const { update } = message.params as { readonly update?: unknown };
    if (NO_ANSWER.has(textIn(update, "sessionUpdate"))) return;
    this.#silent.delete(session);
    this.#tell({ type: "prompt-updated", prompt });
  }

  authenticated(): void {
    this.#tellOfAgent({ type: "authenticated" });
  }

  /** A client has opened a session. The first one says that the agent can. */
  sessionOpened(sessionId: string): void {
    if (this.#lastOfAgent?.type === "session-opened") return;
    this.#tellOfAgent({ type: "session-opened", sessionId });
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
