import { describe, expect, it } from "vitest";
import { type Parcel, Problem } from "../src/core/api";
import type { ParcelAsk, Search } from "../src/core/query";
import { type Answer, type Found, type Result, sureOf, told } from "../src/core/search";
import { type Event, type State, createStore, initialState, reduce } from "../src/core/store";

const start = initialState("vi", { revision: 1, published_at: null, sequence: 7 });
const point: ParcelAsk = { kind: "point", lon: 106, lat: 11 };
const find: Search = { kind: "search", text: "tờ 12 thửa 152" };
const byId: ParcelAsk = { kind: "id", id: "8" };

function result(kind: Result["kind"], fid: number): Result {
  return {
    kind,
    title: { vi: `Thửa ${fid}`, en: `Parcel ${fid}` },
    detail: null,
    why: [],
    parcel: kind === "parcel" ? { fid } : null,
    bbox: [106, 11, 106.1, 11.1],
    point: null,
    srid: null,
  };
}

function answerOf(...results: Result[]): Answer {
  return { query: find.text, assumed: [], results, ambiguous: results.length > 1, more: false, next: [] };
}

function foundIn(answer: Answer, index = 0): Found {
  return { answer, result: answer.results[index] as Result };
}

function parcel(fid: number): Parcel {
  const ring = [[0, 0], [1, 0], [1, 1], [0, 0]];
  return {
    geometry: { type: "Polygon", coordinates: [ring] },
    properties: {
      parcel_id: `id-${fid}`,
      fid,
      sheet: "12",
      number: String(fid),
      unit_name: "Hòa Thành",
      area_m2: 10,
      land_uses: [{ code: "ODT", name: null, colour: null, area_m2: null }],
      status: "current",
      revision: 1,
    },
  };
}

function after(...events: Event[]): State {
  return events.reduce(reduce, start);
}

describe("asking", () => {
  it("outlines what was hit before its facts are there", () => {
    const state = after({ type: "asked", ask: point, hit: 7 });
    expect(state).toMatchObject({ panel: { kind: "loading" }, selected: 7 });
  });

  it("opens the card of the only answer and outlines that", () => {
    const state = after(
      { type: "asked", ask: point, hit: 7 },
      { type: "answered", ask: point, parcels: [parcel(8)] },
    );
    expect(state).toMatchObject({ panel: { kind: "parcel" }, selected: 8 });
  });

  it("lists several answers", () => {
    const state = after(
      { type: "asked", ask: point, hit: 7 },
      { type: "answered", ask: point, parcels: [parcel(7), parcel(8)] },
    );
    expect(state.selected).toBeNull();
    expect(state.panel).toMatchObject({
      kind: "choices",
      choices: { why: "point", total: 2, items: [{ fid: 7, detail: "Hòa Thành · ODT" }, { fid: 8 }] },
    });
  });

  it("says that there is nothing", () => {
    const state = after(
      { type: "asked", ask: point, hit: null },
      { type: "answered", ask: point, parcels: [] },
    );
    expect(state.panel).toEqual({ kind: "nothing", ask: point });
  });

  it("drops the answer to a question that was overtaken", () => {
    const state = after(
      { type: "asked", ask: point, hit: 7 },
      { type: "asked", ask: find, hit: null },
      { type: "answered", ask: point, parcels: [parcel(7)] },
    );
    expect(state.panel).toEqual({ kind: "loading", ask: find });
  });

  it("drops the answer after the card was closed", () => {
    const closed = after({ type: "asked", ask: point, hit: 7 }, { type: "closed" });
    expect(reduce(closed, { type: "answered", ask: point, parcels: [parcel(7)] })).toBe(closed);
  });

  it("keeps the question of a failure, to ask it again", () => {
    const problem = new Problem(503, "busy", "Try later");
    const state = after(
      { type: "asked", ask: find, hit: null },
      { type: "failed", ask: find, problem },
    );
    expect(state.panel).toEqual({ kind: "problem", ask: find, problem });
  });
});

describe("searching", () => {
  const two = answerOf(result("parcel", 7), result("unit", 8));
  const listed: Event[] = [
    { type: "asked", ask: find, hit: null },
    { type: "searched", ask: find, answer: two },
  ];

  it("lists what has to be chosen from, nothing found included", () => {
    expect(after(...listed).panel).toEqual({ kind: "results", answer: two });
    const none = answerOf();
    const state = after({ type: "asked", ask: find, hit: null }, { type: "searched", ask: find, answer: none });
    expect(state).toMatchObject({ panel: { kind: "results", answer: none }, stop: "half" });
  });

  it("drops the answer to a question that was overtaken", () => {
    const asked = after({ type: "asked", ask: find, hit: null }, { type: "asked", ask: point, hit: null });
    expect(reduce(asked, { type: "searched", ask: find, answer: two })).toBe(asked);
  });

  it("leads to a parcel, tells how it was found, and back", () => {
    const chosen = after(
      ...listed,
      { type: "asked", ask: byId, hit: null, found: foundIn(two) },
      { type: "answered", ask: byId, parcels: [parcel(8)] },
    );
    expect(chosen).toMatchObject({ panel: { kind: "parcel" }, back: { kind: "results" }, found: { answer: two } });
    const back = reduce(chosen, { type: "went_back" });
    expect(back).toMatchObject({ panel: { kind: "results", answer: two }, found: null, back: null });
  });

  it("leads to a place and back", () => {
    const there = after(...listed, { type: "placed", found: foundIn(two, 1) });
    expect(there).toMatchObject({ panel: { kind: "place" }, stop: "peek", back: { kind: "results" } });
    expect(reduce(there, { type: "went_back" }).panel).toEqual({ kind: "results", answer: two });
  });

  it("does not lead back to the list of another question", () => {
    const suggested = answerOf(result("parcel", 9));
    const state = after(...listed, { type: "asked", ask: byId, hit: null, found: foundIn(suggested) });
    expect(state).toMatchObject({ back: null, found: { answer: suggested } });
  });

  it("keeps the list and the reasons when a parcel is asked for again after a failure", () => {
    const problem = new Problem(0, "offline", "");
    const state = after(
      ...listed,
      { type: "asked", ask: byId, hit: null, found: foundIn(two) },
      { type: "failed", ask: byId, problem },
      { type: "asked", ask: byId, hit: null },
    );
    expect(state).toMatchObject({ back: { kind: "results" }, found: { answer: two } });
  });

  it("forgets how a parcel was found when the map is clicked", () => {
    const state = after(
      { type: "asked", ask: byId, hit: null, found: foundIn(two) },
      { type: "asked", ask: point, hit: 3 },
    );
    expect(state.found).toBeNull();
  });

  it("closes the suggestions with the question", () => {
    const state = after(
      { type: "suggest", event: { type: "typed", text: "hoa" } },
      { type: "suggest", event: { type: "came", text: "hoa", answer: two } },
      { type: "asked", ask: find, hit: null },
      { type: "suggest", event: { type: "came", text: "hoa", answer: two } },
    );
    expect(state.suggesting.answer).toBeNull();
  });
});

describe("an answer", () => {
  const one = result("parcel", 7);

  it("is sure when it is the only one and certain", () => {
    const sure = answerOf(one);
    expect(sureOf(sure)).toEqual({ result: one, answer: sure });
    expect(sureOf({ ...sure, ambiguous: true })).toBeNull();
    expect(sureOf({ ...answerOf(one, one), ambiguous: false })).toBeNull();
    expect(sureOf(answerOf())).toBeNull();
  });

  it("tells each reason once, in the language of the page", () => {
    const said = { vi: "Hiểu là", en: "Read as" };
    const answer = { ...answerOf({ ...one, why: [said] }), assumed: [said] };
    expect(told(foundIn(answer), "en")).toEqual(["Read as"]);
    expect(told(foundIn(answer), "vi")).toEqual(["Hiểu là"]);
  });
});

describe("lists", () => {
  it("lead to a parcel and back", () => {
    const chosen = after(
      { type: "asked", ask: point, hit: null },
      { type: "answered", ask: point, parcels: [parcel(7), parcel(8)] },
      { type: "asked", ask: byId, hit: null },
      { type: "answered", ask: byId, parcels: [parcel(8)] },
    );
    expect(chosen).toMatchObject({ panel: { kind: "parcel" }, back: { choices: { total: 2 } } });
    expect(reduce(chosen, { type: "went_back" })).toMatchObject({
      panel: { kind: "choices" },
      selected: null,
    });
  });

  it("are forgotten when the map is clicked", () => {
    const state = after(
      { type: "listed", items: [], total: 0 },
      { type: "asked", ask: point, hit: 1 },
    );
    expect(state.back).toBeNull();
  });
});

describe("the rest", () => {
  it("keeps what is shown when the language changes", () => {
    const open = after(
      { type: "asked", ask: point, hit: 8 },
      { type: "answered", ask: point, parcels: [parcel(8)] },
    );
    const english = reduce(open, { type: "language", lang: "en" });
    expect(english).toEqual({ ...open, lang: "en" });
  });

  it("tells of a new revision once", () => {
    const revision = { revision: 2, published_at: "2026-11-23T07:05:00Z", sequence: 8 };
    const told = after({ type: "revision", revision });
    expect(told).toMatchObject({ revision, notice: "updated" });
    expect(reduce(told, { type: "revision", revision })).toBe(told);
  });

  it("keeps quiet where tiles changed and no parcel did", () => {
    const revision = { revision: 1, published_at: null, sequence: 9 };
    expect(after({ type: "revision", revision })).toMatchObject({ revision, notice: "none" });
  });

  it("raises a sheet that was down when a parcel is opened", () => {
    const state = after(
      { type: "stop", stop: "peek" },
      { type: "asked", ask: point, hit: 8 },
      { type: "answered", ask: point, parcels: [parcel(8)] },
    );
    expect(state.stop).toBe("half");
  });

  it("lowers the sheet for a place without a parcel, and raises it again for one", () => {
    const empty = after(
      { type: "asked", ask: point, hit: null },
      { type: "answered", ask: point, parcels: [] },
    );
    expect(empty).toMatchObject({ panel: { kind: "nothing" }, stop: "peek" });
    const asked = reduce(empty, { type: "asked", ask: point, hit: null });
    const many = reduce(asked, { type: "answered", ask: point, parcels: [parcel(8), parcel(9)] });
    expect(many).toMatchObject({ panel: { kind: "choices" }, stop: "half" });
  });

  it("calls listeners on change only", () => {
    const store = createStore(start);
    const seen: State["lang"][] = [];
    store.listen((now) => seen.push(now.lang));
    store.send({ type: "went_back" });
    store.send({ type: "language", lang: "en" });
    expect(seen).toEqual(["en"]);
  });
});
