import type { RuntimeEvent, RuntimeState } from "@sandboot/runtime/protocol";

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** The whole state: at the beginning, and whenever events were missed. */
  readonly onState: (state: RuntimeState) => void;
  readonly onEvent: (event: RuntimeEvent) => void;
  /** The stream broke and is open again; nothing was missed. */
  readonly onResumed: () => void;
  readonly onLost: (reason: string) => void;
}

export interface LogLine {
  readonly ms: number;
  readonly stream: "stdout" | "stderr";
  readonly line: string;
}

export interface LogOptions {
  readonly signal: AbortSignal;
  readonly onLine: (line: LogLine) => void;
}

export type ProcessAction = "restart" | "stop" | "start";

/** What the panel asks of a runtime. */
export interface RuntimeClient {
  /** Follows events until the runtime is gone or `signal` aborts; rejects when it never answered. */
  follow(options: FollowOptions): Promise<void>;
  /** The log so far, then each line as it comes, until `signal` aborts. */
  followLog(processId: string, options: LogOptions): Promise<void>;
  act(processId: string, action: ProcessAction): Promise<void>;
}
