/** The address for requests: loopback, when a server binds all interfaces. */
export function reachable(host: string): string {
  return host === "0.0.0.0" || host === "::" || host === "[::]" ? "127.0.0.1" : host;
}
