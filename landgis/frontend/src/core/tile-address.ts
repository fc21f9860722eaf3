/** Which addresses are tiles of our own server. Pure. */

/** Only these may carry our header: to another server it would be a question for leave, and a leak. */
export function isTile(url: string, origin: string): boolean {
  const { origin: where, pathname } = new URL(url, origin);
  return where === origin && pathname.startsWith("/tiles/") && pathname.endsWith(".mvt");
}
