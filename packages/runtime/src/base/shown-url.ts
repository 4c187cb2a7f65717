/** A URL as messages name it: without user, password and query, which may be secret. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? "its URL" : `${parsed.origin}${parsed.pathname}`;
}
