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
      // https://github.com/microsoft/vscode/blob/1.100.0/extensions/git/src/commands.ts
      await vscode.commands.executeCommand(
        "git.viewCommit",
        vscode.Uri.file(place.folder),
        place.sha,
      );
      return;
    default:
      place satisfies never;
  }
}

async function openFile(uri: vscode.Uri): Promise<void> {
  const { type } = await vscode.workspace.fs.stat(uri);
  const isFolder = (type & vscode.FileType.Directory) !== 0;
  const [file] = isFolder
    ? ((await vscode.window.showOpenDialog({ defaultUri: uri })) ?? [])
    : [uri];
  if (file !== undefined) await vscode.commands.executeCommand("vscode.open", file);
}
