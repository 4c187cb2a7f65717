/** The address of a runtime. */
export type Endpoint =
  | { readonly id: "socket"; readonly socketPath: string }
  | { readonly id: "url"; readonly url: string; readonly token: string | null };

export function describeEndpoint(endpoint: Endpoint): string {
  return endpoint.id === "socket" ? endpoint.socketPath : endpoint.url;
}
