import * as vscode from "vscode";
import type { NoticeAction } from "../model/notices.ts";

/** Runs the command of a notification's button. */
export function runNoticeAction(action: NoticeAction): Thenable<unknown> {
  const run = vscode.commands.executeCommand;
  switch (action.id) {
    case "show-output":
      return run("sandboot.showPhaseOutput", action.phase);
    case "show-log":
      return run("sandboot.process.logs", action.process);
    case "restart":
      return run("sandboot.process.restart", action.process);
    case "edit-script":
      return run("sandboot.recovery.edit");
    case "retry":
      return run("sandboot.recovery.retry");
    case "open-report":
      return run("sandboot.showReport");
    default:
      action satisfies never;
      return Promise.resolve();
  }
}
