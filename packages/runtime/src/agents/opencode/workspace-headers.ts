/** Headers that direct a request to this workspace; without them it would be about the folder that the process started in. */
export function workspaceHeaders(directory: string): Record<string, string> {
  return { "x-opencode-directory": encodeURIComponent(directory) };
}
