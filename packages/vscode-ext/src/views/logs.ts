import { stripVTControlCharacters } from "node:util";
import { formatDuration, type LogLine } from "@sandboot/runtime/protocol";
import type { RuntimeClient } from "@sandboot/runtime/protocol/client";
import * as vscode from "vscode";
import { levelOf } from "../model/log-line.ts";
import type { Translate } from "../model/translate.ts";

export interface LogsOptions {
  readonly client: () => RuntimeClient | null;
  /** When the runtime that answers was started, by which one knows it from another. */
  readonly startedAt: () => string | null;
  readonly t: Translate;
  /** Of what a process has printed so far. */
  readonly maxLines: () => number;
  readonly log: vscode.LogOutputChannel;
}

interface FollowedLog {
  readonly channel: vscode.LogOutputChannel;
  following: AbortController | null;
  /** How far the channel is. */
  last: LastLine | null;
}

interface LastLine {
  /** Of the runtime that printed it. */
  readonly startedAt: string | null;
  seq: number;
}

/**
 * An output channel a process, made when somebody asks for it, then followed live.
 *
 * The editor bounds it: it starts another file when one has 5 MB, and shows the last. Nothing here clears a channel, as
 * one with levels keeps a part of what was cleared (https://github.com/microsoft/vscode/issues/224516).
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

  /** The runtime is another one now, or the same one again: open logs go on there. */
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

  /** Never rejects: what goes wrong stands in the extension's own log. */
  async #follow(processId: string, log: FollowedLog): Promise<void> {
    const { t } = this.#options;
    const client = this.#options.client();
    if (client === null) return;
    const following = new AbortController();
    log.following = following;
    const startedAt = this.#options.startedAt();
    const isOther = log.last !== null && log.last.startedAt !== startedAt;
    if (isOther) log.channel.info(t("What follows is from a runtime that was started later."));
    const last = isOther || log.last === null ? { startedAt, seq: 0 } : log.last;
    log.last = last;
    try {
      await client.followLog(processId, {
        signal: following.signal,
        tail: this.#options.maxLines(),
        onLine: (line) => append(log.channel, last, line),
        onGap: (missed) =>
          log.channel.warn(t("{0} lines came faster than they could be shown.", missed)),
      });
    } catch (error) {
      if (!following.signal.aborted) this.#options.log.warn(`log of ${processId}: ${error}`);
    } finally {
      if (log.following === following) log.following = null;
    }
  }
}

/** Who follows a log anew is told again what was printed last, and has it already. */
function append(channel: vscode.LogOutputChannel, last: LastLine, printed: LogLine): void {
  const { line, stream, ms, seq } = printed;
  if (seq <= last.seq) return;
  last.seq = seq;
  const text = `[+${formatDuration(ms)}] ${stripVTControlCharacters(line)}`;
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
