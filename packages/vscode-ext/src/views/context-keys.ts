import * as vscode from "vscode";
import type { Places } from "../host/places.ts";
import type { SnapshotListener } from "../store/store.ts";

/** Sets the context keys that package.json's `when` clauses use. */
export function watchContext(places: () => Places): SnapshotListener {
  let told: Record<string, unknown> = {};
  return ({ connection, state }) => {
    const keys = {
      "sandboot.connection": connection.id,
      "sandboot.endpointFrom": places().from,
      "sandboot.hasBoot": state !== null && state.phases.length > 0,
    };
    for (const [key, value] of Object.entries(keys)) {
      if (told[key] !== value) void vscode.commands.executeCommand("setContext", key, value);
    }
    told = keys;
  };
}
