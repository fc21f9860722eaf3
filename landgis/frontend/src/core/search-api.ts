/** Search as the server does it. */
import { getJson } from "./api";
import type { Answer } from "./search";

/** Results of one answer, and suggestions while somebody types: so many fit on a screen. */
export const MOST_RESULTS = 20;
export const MOST_SUGGESTIONS = 6;

export function fetchSearch(text: string, limit: number, signal?: AbortSignal): Promise<Answer> {
  const values = new URLSearchParams({ q: text, limit: String(limit) });
  return getJson<Answer>(`/api/v1/search?${values}`, signal ? { signal } : {});
}
