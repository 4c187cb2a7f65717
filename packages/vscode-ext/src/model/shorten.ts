/** `/srv/work/shop/start.sh failed` becomes `…/shop/start.sh failed`. A narrow tree would cut off the end of the line. */
export function shortenPaths(text: string): string {
  return text.replace(/(^|\s)(?:\/[^/\s]+){2,}(\/[^/\s]+\/[^/\s]+)/g, "$1…$2");
}
