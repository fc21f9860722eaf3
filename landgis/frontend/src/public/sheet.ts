/** The card as a bottom sheet on a phone: three heights, moved by button, key or drag. */
import type { Stop } from "../core/store";

const STOPS: readonly Stop[] = ["peek", "half", "full"];
/** Pixels a finger may tremble before a press becomes a drag. */
const SLACK_PX = 6;
/** Free pixels under the last line of a short sheet. */
const SHORT_FOOT_PX = 20;
/** A flick moves on by this many milliseconds' worth of its speed. */
const THROW_MS = 180;

export function isPhone(): boolean {
  return matchMedia("(max-width: 639px)").matches;
}

/** Height of the sheet in CSS pixels; `full` leaves the top of the map and the search in sight. */
export function stopHeight(stop: Stop, windowHeight: number): number {
  if (stop === "peek") return 136;
  return Math.round(stop === "half" ? windowHeight * 0.5 : windowHeight - 84);
}

/** Height of a sheet at its stop; a list or a place of two lines does not take half the screen. */
export function sheetHeight(card: HTMLElement, stop: Stop): number {
  const usual = stopHeight(stop, window.innerHeight);
  const isShort = card.matches("[data-kind=results], [data-kind=place]");
  const last = card.querySelector<HTMLElement>(".body > :last-child");
  if (stop !== "half" || !isShort || !last) return usual;
  const needed = last.offsetTop + last.offsetHeight + SHORT_FOOT_PX;
  return Math.min(usual, Math.max(needed, stopHeight("peek", window.innerHeight)));
}

/** The stop that a sheet let go at `height`, moving up at `speed` px/ms, comes to rest at. */
export function nearestStop(height: number, speed: number, windowHeight: number): Stop {
  const aim = height + speed * THROW_MS;
  const away = (stop: Stop): number => Math.abs(stopHeight(stop, windowHeight) - aim);
  return STOPS.reduce((best, stop) => (away(stop) < away(best) ? stop : best));
}

/** One stop up (1) or down (−1); the ends stay. */
export function nextStop(stop: Stop, step: 1 | -1): Stop {
  return STOPS[STOPS.indexOf(stop) + step] ?? stop;
}

/** Follow the finger from `start` on; tell the stop at the end. A mere tap is left alone. */
export function dragSheet(start: PointerEvent, sheet: HTMLElement, tell: (stop: Stop) => void): void {
  if (!isPhone() || !start.isPrimary) return;
  const from = sheet.getBoundingClientRect().height;
  let height = from;
  let last = { y: start.clientY, time: start.timeStamp, speed: 0 };
  let dragging = false;

  const move = (event: PointerEvent): void => {
    dragging ||= Math.abs(event.clientY - start.clientY) > SLACK_PX;
    if (!dragging) return;
    const elapsed = Math.max(1, event.timeStamp - last.time);
    last = { y: event.clientY, time: event.timeStamp, speed: (last.y - event.clientY) / elapsed };
    sheet.dataset["dragging"] = "";
    height = from + start.clientY - event.clientY;
    sheet.style.height = `${height}px`;
  };
  const end = (): void => {
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", end);
    window.removeEventListener("pointercancel", end);
    if (!dragging) return;
    delete sheet.dataset["dragging"];
    const stop = nearestStop(height, last.speed, window.innerHeight);
    sheet.style.height = `${stopHeight(stop, window.innerHeight)}px`;
    // The click that ends a drag must not press what lies under the finger.
    window.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => window.removeEventListener("click", swallow, { capture: true }));
    tell(stop);
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end);
  window.addEventListener("pointercancel", end);
}

function swallow(event: MouseEvent): void {
  event.stopPropagation();
  event.preventDefault();
}
