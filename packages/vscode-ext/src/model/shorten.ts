/** `/srv/work/shop/start.sh failed` as `…/shop/start.sh failed`: lines of a tree are narrow, and cut at their end. */
export function shortenPaths(text: string): string {
  return text.replace(/(^|\s)(?:\/[^/\s]+){2,}(\/[^/\s]+\/[^/\s]+)/g, "$1…$2");
}
