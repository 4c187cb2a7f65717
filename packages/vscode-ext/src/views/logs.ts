import { formatDuration, type LogLine, printable } from "@sandboot/runtime/protocol";
import type { RuntimeClient } from "@sandboot/runtime/protocol/client";
import * as vscode from "vscode";
import { levelOf } from "../model/log-line.ts";
import type { Translate } from "../model/translate.ts";

export interface LogsOptions {
  readonly client: () => RuntimeClient | null;
  /** When the current runtime was started. It tells runtimes apart. */
  readonly startedAt: () => string | null;
  readonly t: Translate;
  /** How many of the lines printed so far a log begins with. */
  readonly maxLines: () => number;
  readonly log: vscode.LogOutputChannel;
}

interface FollowedLog {
  readonly channel: vscode.LogOutputChannel;
  following: AbortController | null;
  /** The last line in the channel. */
  last: LastLine | null;
}

interface LastLine {
  /** When the runtime that sent it was started. */
  readonly startedAt: string | null;
  seq: number;
}

/**
 * One output channel per process, made when somebody opens its log, then followed live.
 *
 * The editor limits its size: it starts a new file at 5 MB and shows the last one. A channel is never cleared, because
 * clearing one with log levels leaves a part of it (https://github.com/microsoft/vscode/issues/224516).
 */
export class ProcessLogs implements vscode.Disposable {
  readonly #options: LogsOptions;
  readonly #logs = new Map<string, FollowedLog>();

  constructor(options: LogsOptions) {
    this.#options = options;
  }

  show(processId: string): void {
    let log = this.#logs.get(processId);
    if (log === undefined) {
      const name = `Sandbox: ${processId}`;
      const channel = vscode.window.createOutputChannel(name, { log: true });
      log = { channel, following: null, last: null };
      this.#logs.set(processId, log);
    }
    log.channel.show(true);
    if (log.following === null) void this.#follow(processId, log);
  }

  /** Continues all open logs, on a new connection to the same runtime or to another one. */
  reconnect(): void {
    for (const [processId, log] of this.#logs) {
      log.following?.abort();
      void this.#follow(processId, log);
    }
  }

  dispose(): void {
    for (const { channel, following } of this.#logs.values()) {
      following?.abort();
      channel.dispose();
    }
  }

  /** Never rejects: failures go to the extension's own log. */
  async #follow(processId: string, log: FollowedLog): Promise<void> {
    const { t } = this.#options;
    const client = this.#options.client();
    if (client === null) return;
    const following = new AbortController();
    log.following = following;
    const startedAt = this.#options.startedAt();
    const isOther = log.last !== null && log.last.startedAt !== startedAt;
    if (isOther)
      log.channel.info(t("The runtime was restarted. The lines below are from the new one."));
    const last = isOther || log.last === null ? { startedAt, seq: 0 } : log.last;
    log.last = last;
    try {
      await client.followLog(processId, {
        signal: following.signal,
        tail: this.#options.maxLines(),
        onLine: (line) => append(log.channel, last, line),
        onGap: (missed) =>
          log.channel.warn(
            t("{0} lines are missing: they came faster than they could be shown.", missed),
          ),
      });
    } catch (error) {
      if (!following.signal.aborted) this.#options.log.warn(`log of ${processId}: ${error}`);
    } finally {
      if (log.following === following) log.following = null;
    }
  }
}

/** Skips lines that the channel has: following a log again repeats the last ones. */
function append(channel: vscode.LogOutputChannel, last: LastLine, printed: LogLine): void {
  const { line, stream, ms, seq } = printed;
  if (seq <= last.seq) return;
  last.seq = seq;
  const text = `[+${formatDuration(ms)}] ${printable(line)}`;
  switch (levelOf(line, stream)) {
    case "error":
      channel.error(text);
      break;
    case "warning":
      channel.warn(text);
      break;
    default:
      channel.info(text);
  }
}
