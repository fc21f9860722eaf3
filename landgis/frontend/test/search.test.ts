import { describe, expect, it } from "vitest";
import { boundsOf, shapeOf } from "../src/core/extent";
import type { Press } from "../src/core/keys";
import { type Answer, type Result, placeOf } from "../src/core/search";
import { QUIET, type SuggestEvent, type Suggesting, fieldCommand, questionIn, reduceSuggesting } from "../src/core/suggest";

const hoa: Result = {
  kind: "unit",
  title: { vi: "phường Hòa Thành", en: "Hoa Thanh" },
  detail: null,
  why: [],
  parcel: null,
  bbox: [106, 11, 106.2, 11.4],
  point: null,
  srid: null,
};
const two: Answer = { query: "hoa", assumed: [], results: [hoa, hoa], ambiguous: true, more: false, next: [] };

function after(...events: SuggestEvent[]): Suggesting {
  return events.reduce(reduceSuggesting, QUIET);
}

const open = after({ type: "typed", text: "hoa" }, { type: "came", text: "hoa", answer: two });
const next: SuggestEvent = { type: "stepped", step: 1 };
const previous: SuggestEvent = { type: "stepped", step: -1 };

describe("suggestions", () => {
  it("are wanted from two letters on", () => {
    expect(after({ type: "typed", text: " h " })).toBe(QUIET);
    expect(after({ type: "typed", text: " Ho " }).text).toBe("Ho");
  });

  it("drop an answer that came late", () => {
    const state = after({ type: "typed", text: "hoa" }, { type: "typed", text: "hoa t" });
    expect(reduceSuggesting(state, { type: "came", text: "hoa", answer: two })).toBe(state);
    expect(reduceSuggesting(QUIET, { type: "came", text: "hoa", answer: two })).toBe(QUIET);
  });

  it("stay in sight until the next ones come, none of them chosen", () => {
    const typing = reduceSuggesting(reduceSuggesting(open, next), { type: "typed", text: "hoa t" });
    expect(typing).toEqual({ text: "hoa t", answer: two, active: null });
  });

  it("are gone through round and round, past the field", () => {
    const steps = [next, next, next, next].map((_, count, all) => all.slice(0, count + 1).reduce(reduceSuggesting, open));
    expect(steps.map(({ active }) => active)).toEqual([0, 1, null, 0]);
    expect(reduceSuggesting(open, previous).active).toBe(1);
    expect(reduceSuggesting(QUIET, next).active).toBeNull();
  });

  it("are gone when they are dropped or the field is emptied", () => {
    expect(reduceSuggesting(open, { type: "dropped" })).toBe(QUIET);
    expect(reduceSuggesting(open, { type: "typed", text: "" })).toBe(QUIET);
  });
});

describe("keys in the field", () => {
  const press = (code: string, more: Partial<Press> = {}): Press => ({
    code,
    isComposing: false,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    ...more,
  });

  it("go through the suggestions and choose the one they stand on", () => {
    expect(fieldCommand(press("ArrowDown"), open)).toBe("next");
    expect(fieldCommand(press("ArrowUp"), open)).toBe("previous");
    expect(fieldCommand(press("Escape"), open)).toBe("drop");
    expect(fieldCommand(press("Enter"), reduceSuggesting(open, next))).toBe("choose");
  });

  it("leave Enter to the question while none is chosen", () => {
    expect(fieldCommand(press("Enter"), open)).toBeNull();
  });

  it("ask for suggestions, and close the card, where none are open", () => {
    expect(fieldCommand(press("ArrowDown"), QUIET)).toBe("open");
    expect(fieldCommand(press("Escape"), QUIET)).toBeNull();
  });

  it("mean nothing while a syllable is being composed", () => {
    expect(fieldCommand(press("ArrowDown", { isComposing: true }), open)).toBeNull();
  });
});

describe("a question", () => {
  it("is composed, without idle spaces", () => {
    expect(questionIn("  tờ  12\tthửa 152 ".normalize("NFD"))).toBe("tờ 12 thửa 152");
  });
});

describe("a result", () => {
  it("is marked where it lies, else in the middle of its box", () => {
    expect(placeOf({ ...hoa, point: [106.05, 11.3] })).toEqual({ lon: 106.05, lat: 11.3 });
    expect(placeOf(hoa)).toEqual({ lon: 106.1, lat: 11.2 });
    expect(placeOf({ ...hoa, bbox: null })).toBeNull();
  });

  it("is as large as its box", () => {
    expect(boundsOf([shapeOf([106, 11, 106.2, 11.4])])).toEqual([106, 11, 106.2, 11.4]);
  });
});
