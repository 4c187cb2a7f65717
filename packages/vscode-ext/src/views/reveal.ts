import * as vscode from "vscode";
import type { Reveal } from "../host/settings.ts";
import type { SnapshotListener } from "../store/store.ts";

/** Brings the panel to the front: once for each boot that begins, and once for each that fails. */
export function revealWhenAsked(when: () => Reveal): SnapshotListener {
  let lastOccasion = "";
  return ({ state }) => {
    if (state?.status !== "booting" && state?.status !== "failed") return;
    const occasion = `${state.startedAt}/${state.status}`;
    if (occasion === lastOccasion) return;
    lastOccasion = occasion;
    const wanted = when();
    if (wanted !== "booting" && wanted !== state.status) return;
    void vscode.commands.executeCommand("sandboot.boot.focus");
  };
}
