import * as vscode from "vscode";
import type { Place } from "../model/place.ts";

/**
 * Opens a file or a commit. In a folder, it asks for a file.
 *
 * @throws Error of the file system or of the git extension.
 */
export async function openPlace(place: Place): Promise<void> {
  switch (place.id) {
    case "file":
      return openFile(vscode.Uri.file(place.path));
    case "commit":
      return openCommit(vscode.Uri.file(place.folder), place.sha);
    default:
      place satisfies never;
  }
}

/** The part of the git extension's API that is used: https://github.com/microsoft/vscode/blob/1.100.0/extensions/git/src/api/git.d.ts */
interface GitExtension {
  getAPI(version: 1): { openRepository(root: vscode.Uri): Promise<unknown> };
}

async function openCommit(checkout: vscode.Uri, sha: string): Promise<void> {
  const git = await vscode.extensions.getExtension<GitExtension>("vscode.git")?.activate();
  // The checkout may be none of the workspace's folders.
  await git?.getAPI(1).openRepository(checkout);
  // https://github.com/microsoft/vscode/blob/1.100.0/extensions/git/src/commands.ts
  await vscode.commands.executeCommand("git.viewCommit", checkout, sha);
}

async function openFile(uri: vscode.Uri): Promise<void> {
  const { type } = await vscode.workspace.fs.stat(uri);
  const isFolder = (type & vscode.FileType.Directory) !== 0;
  const [file] = isFolder
    ? ((await vscode.window.showOpenDialog({ defaultUri: uri })) ?? [])
    : [uri];
  if (file !== undefined) await vscode.commands.executeCommand("vscode.open", file);
}
