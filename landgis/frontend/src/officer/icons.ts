/** The icons of the officer's tools. */
import { svg } from "lit";
import { icon } from "../core/icons";

export const arrow = icon(svg`<path d="M5 3.5 15.5 9l-4.6 1.4L9 15z" />`);
export const cut = icon(svg`<path d="M3.5 4.5h13v11h-13zM13.5 2.5l-7 15" />`);
export const join = icon(svg`<path d="M8 4.5H3.5v11H8M12 4.5h4.5v11H12M7 10h6M11 8l2 2-2 2" />`);
export const magnet = icon(svg`<path d="M5 3.5v7a5 5 0 0 0 10 0v-7M3.5 6.5h3M13.5 6.5h3" />`);
export const undo = icon(svg`<path d="M7.5 4.5 4 8l3.5 3.5M4 8h7.5a4.2 4.2 0 0 1 0 8.4H8" />`);
export const redo = icon(svg`<path d="M12.5 4.5 16 8l-3.5 3.5M16 8H8.5a4.2 4.2 0 0 0 0 8.4H12" />`);
export { rows } from "../core/icons";
export const paper = icon(svg`<path d="M5 2.5h7l3.5 3.5v11.5H5zM12 2.5V6h3.5" />`);
