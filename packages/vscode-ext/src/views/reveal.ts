import * as vscode from "vscode";
import type { Reveal } from "../host/settings.ts";
import type { SnapshotListener } from "../store/store.ts";

/** Brings the panel to the front, once for each boot that begins, and once when it fails. */
export function revealWhenAsked(when: () => Reveal): SnapshotListener {
  let revealedFor = "";
  return ({ state }) => {
    if (state === null) return;
    const failed = state.status === "failed";
    const wanted = when() === "booting" ? failed || state.status === "booting" : failed;
    const occasion = `${state.startedAt}/${failed}`;
    if (when() === "never" || !wanted || revealedFor === occasion) return;
    revealedFor = occasion;
    void vscode.commands.executeCommand("sandboot.boot.focus");
  };
}
