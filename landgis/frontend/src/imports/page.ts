/** The pages of imports: without this script they are plain forms that work, too. */
import "./imports.css";
import { isLang, translator, type Lang, type Translate } from "../core/i18n";
import { Refusal, Sender } from "./upload";

const LOOK_EVERY_MS = 1000;
const AT_WORK = new Set(["queued", "reading", "validating", "publishing"]);

function langOf(element: HTMLElement): Lang {
  const lang = element.dataset["lang"] ?? "";
  return isLang(lang) ? lang : "vi";
}

function handIn(form: HTMLFormElement): void {
  const lang = langOf(form);
  const t = translator(lang);
  const input = form.querySelector<HTMLInputElement>("#files");
  const drop = form.querySelector<HTMLElement>("#drop");
  const list = document.querySelector<HTMLUListElement>("#sending");
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  if (!input || !drop || !list || !button) return;
  form.querySelector("#drop-hint")?.removeAttribute("hidden");
  const csrf = form.querySelector<HTMLInputElement>("[name=csrf]")?.value ?? "";
  const sender = new Sender(csrf);

  for (const name of ["dragenter", "dragover"] as const) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer?.files.length) input.files = event.dataTransfer.files;
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const files = [...(input.files ?? [])];
    if (files.length === 0) return;
    button.disabled = true;
    list.hidden = false;
    void sendAll(sender, files, new FormData(form), list, t, lang).then((ids) => {
      button.disabled = false;
      const query = location.search;
      if (ids === null) return;
      location.assign(ids.length === 1 ? `/imports/${ids[0]}${query}` : `/imports${query}`);
    });
  });
}

/** Send files one after the other; answer the batches, null when somebody must read why one failed. */
async function sendAll(
  sender: Sender,
  files: readonly File[],
  fields: FormData,
  list: HTMLUListElement,
  t: Translate,
  lang: Lang,
): Promise<readonly string[] | null> {
  for (const name of ["csrf", "file"]) fields.delete(name);
  const ids: string[] = [];
  let isClean = true;
  const lines = files.map((file) => line(list, file, t));
  for (const [index, file] of files.entries()) {
    const { bar, text } = lines[index] as Line;
    const begun = { at: Date.now(), sent: -1 };
    const tell = (sent: number, total: number): void => {
      if (begun.sent < 0) begun.sent = sent;
      [bar.max, bar.value] = [total, sent];
      text.textContent = rate(sent, total, sent - begun.sent, Date.now() - begun.at, t, lang);
    };
    try {
      const batches = await sender.send(file, fields, tell);
      ids.push(...batches.map((batch) => batch.id));
      text.textContent = t("imports.sent");
    } catch (problem) {
      isClean = false;
      bar.hidden = true;
      text.className = "wrong";
      const isOffline = !(problem instanceof Refusal) || problem.code === "offline";
      text.textContent = isOffline ? t("imports.offline") : `${problem.message} (${problem.code})`;
    }
  }
  return isClean ? ids : null;
}

interface Line {
  readonly bar: HTMLProgressElement;
  readonly text: HTMLElement;
}

function line(list: HTMLUListElement, file: File, t: Translate): Line {
  const item = document.createElement("li");
  const name = document.createElement("b");
  const bar = document.createElement("progress");
  const text = document.createElement("p");
  name.textContent = file.name;
  bar.setAttribute("aria-label", file.name);
  [bar.max, bar.value] = [1, 0];
  text.className = "caveat";
  text.textContent = t("imports.waiting");
  item.append(name, bar, text);
  list.append(item);
  return { bar, text };
}

/** How much is sent, how fast, and how long it will take. */
function rate(sent: number, total: number, now: number, ms: number, t: Translate, lang: Lang): string {
  const mega = (bytes: number): string =>
    (bytes / 1e6).toLocaleString(lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const perSecond = ms > 0 ? (now / ms) * 1000 : 0;
  const amount = t("imports.sending", { sent: mega(sent), total: mega(total) });
  if (perSecond <= 0 || sent >= total) return amount;
  const seconds = Math.ceil((total - sent) / perSecond);
  return `${amount} · ${t("imports.rate", { rate: mega(perSecond), seconds })}`;
}

interface Followed {
  readonly status: string;
  readonly error: object | null;
  readonly progress: { readonly stage: string; readonly done: number; readonly total: number | null };
}

/** Ask about a batch until nobody works at it, then show the page anew. */
async function follow(batch: HTMLElement): Promise<void> {
  const lang = langOf(batch);
  const t = translator(lang);
  const bar = batch.querySelector<HTMLProgressElement>("#progress");
  const text = batch.querySelector<HTMLElement>("#progress-text");
  const waitsForPublication = batch.dataset["status"] === "staged";
  for (;;) {
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
    const answer = await fetch(`/api/v1/imports/${batch.dataset["id"]}`, { cache: "no-store" }).catch(() => null);
    if (answer === null || answer.status >= 500) continue;
    if (!answer.ok) break;
    const found = (await answer.json()) as Followed;
    const isNext = waitsForPublication && found.status === "staged" && found.error === null;
    if (!AT_WORK.has(found.status) && !isNext) break;
    const { done, total } = found.progress;
    if (bar && total) [bar.max, bar.value] = [total, done];
    if (text && total) {
      const counted = { done: done.toLocaleString(lang), total: total.toLocaleString(lang) };
      text.textContent = t("imports.rows_done", counted);
    }
  }
  const here = new URL(location.href);
  here.searchParams.delete("asked");
  location.replace(here);
}

const form = document.querySelector<HTMLFormElement>("#hand-in");
if (form) handIn(form);
const batch = document.querySelector<HTMLElement>("#batch[data-at-work=yes]");
if (batch) void follow(batch);
