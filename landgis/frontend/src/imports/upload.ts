/** A file to the server in parts, each where the last one ended (tus 1.0). */

export const PART_BYTES = 2 * 1024 * 1024;
const UPLOADS = "/api/v1/uploads";
const PATIENCE_MS = 120_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const PASSING = new Set([0, 429, 502, 503, 504]);

export type Tell = (sent: number, total: number) => void;

/** An answer that will stay the same: `code` is the server's. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail || code);
  }
}

/** How a request is made; tests give their own. */
export type Ask = (path: string, init: RequestInit) => Promise<Response>;

export interface Batch {
  readonly id: string;
}

export interface Wait {
  (ms: number): Promise<void>;
}

/** Sends files for one signed-in person. */
export class Sender {
  constructor(
    private readonly csrf: string,
    private readonly ask: Ask = (path, init) => fetch(path, init),
    private readonly wait: Wait = (ms) => new Promise((done) => setTimeout(done, ms)),
  ) {}

  /** Hand in a file; an upload that was interrupted, in this window or an earlier one, goes on. */
  async send(file: File, fields: FormData, tell: Tell): Promise<readonly Batch[]> {
    for (const key of [fingerprint(file), crypto.randomUUID()]) {
      try {
        const upload = await this.upload(file, key, tell);
        const form = new URLSearchParams({ upload });
        fields.forEach((value, name) => {
          if (typeof value === "string" && value.trim() !== "") form.set(name, value);
        });
        const once = { "Idempotency-Key": crypto.randomUUID() };
        const answer = await this.patiently("/api/v1/imports", { method: "POST", body: form, headers: once });
        return ((await answer.json()) as { batches: Batch[] }).batches;
      } catch (problem) {
        // The first key may name an upload that is gone, or used up with other choices.
        const isOld = problem instanceof Refusal && ["no_such_upload", "upload_used"].includes(problem.code);
        if (!isOld) throw problem;
      }
    }
    throw new Refusal(404, "no_such_upload", "");
  }

  private async upload(file: File, key: string, tell: Tell): Promise<string> {
    const begun = await this.patiently(UPLOADS, {
      method: "POST",
      headers: {
        "Idempotency-Key": key,
        "Upload-Length": String(file.size),
        "Upload-Metadata": `filename ${base64(file.name)}`,
      },
    });
    const id = (begun.headers.get("Location") ?? "").split("/").pop() ?? "";
    const path = `${UPLOADS}/${id}`;
    let offset = await this.offset(path);
    let [pause, until] = [FIRST_PAUSE_MS, Date.now() + PATIENCE_MS];
    tell(offset, file.size);
    while (offset < file.size) {
      const reached = await this.part(path, file, offset);
      if (reached > offset) [pause, until] = [FIRST_PAUSE_MS, Date.now() + PATIENCE_MS];
      else if (Date.now() > until) throw new Refusal(0, "offline", "");
      else await this.wait((pause = Math.min(pause * 2, LONGEST_PAUSE_MS)));
      offset = reached;
      tell(offset, file.size);
    }
    return id;
  }

  /** Send one part, once; answer where the upload is then. */
  private async part(path: string, file: File, offset: number): Promise<number> {
    try {
      const answer = await this.once(path, {
        method: "PATCH",
        body: file.slice(offset, offset + PART_BYTES),
        headers: { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) },
      });
      return Number(answer.headers.get("Upload-Offset"));
    } catch (problem) {
      const passes = problem instanceof Refusal && (PASSING.has(problem.status) || problem.status === 409);
      if (!passes) throw problem;
      return this.offset(path);
    }
  }

  private async offset(path: string): Promise<number> {
    const answer = await this.patiently(path, { method: "GET" });
    return Number(answer.headers.get("Upload-Offset"));
  }

  private async patiently(path: string, init: RequestInit): Promise<Response> {
    const until = Date.now() + PATIENCE_MS;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await this.once(path, init);
      } catch (problem) {
        const passes = problem instanceof Refusal && PASSING.has(problem.status);
        if (!passes || Date.now() > until) throw problem;
        await this.wait(pause);
      }
    }
  }

  private async once(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string> | undefined), "X-CSRF-Token": this.csrf };
    let answer: Response;
    try {
      answer = await this.ask(path, { ...init, headers, cache: "no-store", redirect: "error" });
    } catch {
      throw new Refusal(0, "offline", "");
    }
    if (answer.ok) return answer;
    const said = (await answer.json().catch(() => ({}))) as { code?: string; detail?: string };
    throw new Refusal(answer.status, said.code ?? "unknown", said.detail ?? "");
  }
}

/** The same for the same file on the same disk: by it an upload is found again. */
export function fingerprint(file: File): string {
  return `upload ${file.size} ${file.lastModified} ${base64(file.name).slice(-120)}`;
}

/** Answer the base64 of a text's UTF-8. */
export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
