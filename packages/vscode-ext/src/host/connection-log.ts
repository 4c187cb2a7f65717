import type { LogOutputChannel } from "vscode";
import type { SnapshotListener } from "../store/store.ts";

/** Logs where a runtime was found, and where not. */
export function logConnection(log: LogOutputChannel): SnapshotListener {
  return ({ connection }, before) => {
    if (connection.id === before.connection.id) return;
    switch (connection.id) {
      case "live":
        log.info(`connected to ${connection.place}`);
        break;
      case "stale":
        log.warn(`lost the connection to ${connection.place}: ${connection.reason}`);
        break;
      case "unreachable":
        for (const { place, problem } of connection.attempts) log.info(`${place}: ${problem}`);
        break;
      case "incompatible":
        log.error(`${connection.place} speaks protocol version ${connection.schemaVersion}`);
        break;
      case "searching":
        break;
      default:
        connection satisfies never;
    }
  };
}
