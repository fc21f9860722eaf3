import { describe, expect, it } from "vitest";
import { PART_BYTES, Refusal, Sender, base64 } from "../src/imports/upload";

/** A server that keeps what arrives, and may lose connections or answers. */
class Office {
  readonly uploads = new Map<string, { content: number[]; length: number; used: boolean }>();
  readonly byKey = new Map<string, string>();
  readonly forms: URLSearchParams[] = [];
  /** Called before each part; what it throws is a lost connection, a number how much still arrives. */
  onPart: (offset: number) => number | undefined = () => undefined;
  partsSent = 0;

  readonly ask = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (headers.get("X-CSRF-Token") !== "token") return problem(403, "csrf_missing");
    if (path === "/api/v1/imports") return this.take(init.body as URLSearchParams);
    if (init.method === "POST") return this.begin(headers);
    const upload = this.uploads.get(path.split("/").pop() ?? "");
    if (!upload) return problem(404, "no_such_upload");
    if (init.method === "PATCH") {
      const offset = Number(headers.get("Upload-Offset"));
      if (offset !== upload.content.length) return problem(409, "wrong_offset");
      const part = new Uint8Array(await (init.body as Blob).arrayBuffer());
      const arrives = this.onPart(offset) ?? part.length;
      for (const byte of part.subarray(0, arrives)) upload.content.push(byte);
      this.partsSent += 1;
      if (arrives < part.length) throw new TypeError("connection lost");
    }
    return new Response(null, { status: 200, headers: { "Upload-Offset": String(upload.content.length) } });
  };

  private begin(headers: Headers): Response {
    const key = headers.get("Idempotency-Key") ?? "";
    const id = this.byKey.get(key) ?? `u${this.uploads.size + 1}`;
    if (!this.byKey.has(key)) {
      this.byKey.set(key, id);
      this.uploads.set(id, { content: [], length: Number(headers.get("Upload-Length")), used: false });
    }
    return new Response("{}", { status: 201, headers: { Location: `/api/v1/uploads/${id}` } });
  }

  private take(form: URLSearchParams): Response {
    const upload = this.uploads.get(form.get("upload") ?? "");
    if (!upload || upload.content.length !== upload.length) return problem(409, "upload_incomplete");
    if (upload.used) return problem(409, "upload_used");
    upload.used = true;
    this.forms.push(form);
    return Response.json({ batches: [{ id: `b${this.forms.length}` }] }, { status: 202 });
  }
}

function problem(status: number, code: string): Response {
  return Response.json({ code, detail: code }, { status });
}

const file = new File([new Uint8Array(PART_BYTES * 2 + 10).fill(7)], "tờ 12.zip", { lastModified: 1 });
const now = (): Promise<void> => Promise.resolve();
const sender = (office: Office): Sender => new Sender("token", office.ask, now);

describe("a file on its way to the server", () => {
  it("arrives whole, with what was said about it", async () => {
    const office = new Office();
    const fields = new FormData();
    fields.set("unit", "25645");
    fields.set("crs", " ");
    const told: number[] = [];
    const batches = await sender(office).send(file, fields, (sent) => told.push(sent));
    expect(batches).toEqual([{ id: "b1" }]);
    expect(Object.fromEntries(office.forms[0] ?? [])).toEqual({ upload: "u1", unit: "25645" });
    expect(told).toEqual([0, PART_BYTES, PART_BYTES * 2, file.size]);
  });

  it("goes on where a lost connection left it, and sends nothing twice", async () => {
    const office = new Office();
    let isLost = false;
    office.onPart = (offset) => {
      if (offset !== PART_BYTES || isLost) return undefined;
      isLost = true;
      return 1000;
    };
    const told: number[] = [];
    await sender(office).send(file, new FormData(), (sent) => told.push(sent));
    expect(told).toContain(PART_BYTES + 1000);
    expect(office.uploads.get("u1")?.content.length).toBe(file.size);
    expect(office.partsSent).toBe(3);
  });

  it("is continued by a window opened later", async () => {
    const office = new Office();
    const gone = (sent: number): void => {
      if (sent >= PART_BYTES) throw new Error("window closed");
    };
    await expect(sender(office).send(file, new FormData(), gone)).rejects.toThrow("window closed");
    const told: number[] = [];
    await sender(office).send(file, new FormData(), (sent) => told.push(sent));
    expect(told[0]).toBe(PART_BYTES);
    expect(office.uploads.size).toBe(1);
  });

  it("is uploaded anew for an import with other choices", async () => {
    const office = new Office();
    await sender(office).send(file, new FormData(), () => undefined);
    await sender(office).send(file, new FormData(), () => undefined);
    expect(office.uploads.size).toBe(2);
  });

  it("stops at a refusal, with the server's code", async () => {
    const office = new Office();
    const stranger = new Sender("other", office.ask, now);
    const refused = stranger.send(file, new FormData(), () => undefined);
    await expect(refused).rejects.toBeInstanceOf(Refusal);
    await expect(refused).rejects.toMatchObject({ status: 403, code: "csrf_missing" });
  });

  it("keeps its name, whatever its letters", () => {
    expect(atob(base64("tờ"))).toBe(String.fromCharCode(...new TextEncoder().encode("tờ")));
  });
});
