import type { LogLine } from "@sandboot/runtime/protocol";
import type { RuntimeClient } from "@sandboot/runtime/protocol/client";
import * as vscode from "vscode";
import { formatDuration } from "../model/format.ts";
import { levelOf, stripAnsi } from "../model/log-line.ts";
import type { Translate } from "../model/translate.ts";

export interface LogsOptions {
  readonly client: () => RuntimeClient | null;
  readonly t: Translate;
  readonly maxLines: () => number;
  readonly log: vscode.LogOutputChannel;
}

interface FollowedLog {
  readonly channel: vscode.OutputChannel;
  following: AbortController | null;
  lines: number;
}

/** An output channel a process, made when somebody asks for it, then followed live. */
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
      // In the colours of a log, and not a log channel: of such a one `clear` leaves a part behind
      // (https://github.com/microsoft/vscode/issues/224516).
      const channel = vscode.window.createOutputChannel(name, "log");
      log = { channel, following: null, lines: 0 };
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
    log.channel.clear();
    log.lines = 0;
    try {
      await client.followLog(processId, {
        signal: following.signal,
        tail: this.#options.maxLines(),
        onLine: (line) => this.#append(log, line),
        onGap: (missed) => {
          const told = t("{0} lines came faster than they could be shown.", missed);
          log.channel.appendLine(`[warning] ${told}`);
        },
      });
    } catch (error) {
      if (!following.signal.aborted) this.#options.log.warn(`log of ${processId}: ${error}`);
    } finally {
      if (log.following === following) log.following = null;
    }
  }

  #append(log: FollowedLog, { line, stream, ms }: LogLine): void {
    if (++log.lines > this.#options.maxLines()) {
      log.channel.clear();
      log.lines = 1;
      log.channel.appendLine(`[info] ${this.#options.t("Earlier lines were cleared.")}`);
    }
    const level = levelOf(line, stream);
    log.channel.appendLine(`[+${formatDuration(ms)}] [${level}] ${stripAnsi(line)}`);
  }
}
