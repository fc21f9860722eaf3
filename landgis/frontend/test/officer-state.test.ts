import { describe, expect, it } from "vitest";
import { Problem } from "../src/core/api";
import { translator } from "../src/core/i18n";
import { type Operation, type Split, intentOf } from "../src/officer/operation";
import type { Point } from "../src/officer/snap";
import { type Event, type State, initialState, isFresh, mayEdit, proposedStep, reduce } from "../src/officer/state";
import { explain, whyNoSubmit, whyNoTool, whyNotYet } from "../src/officer/words";
import { CONTEXT, change, draft, face, preview } from "./officer-samples";

const point = (x: number, y: number): Point => ({ x, y, lon: 106, lat: 11, hold: { kind: "free" } });
const drawn = (...points: Point[]): Event[] => points.map((one) => ({ type: "point", point: one }));
const open: Event[] = [{ type: "draft", draft: draft() }, { type: "context", context: CONTEXT }];
const splitting: Event[] = [...open, { type: "picked", parcel: "parent" }, { type: "tool", tool: "split" }];
const cutting: Event[] = [...splitting, ...drawn(point(15, -1), point(15, 31))];

function after(...events: Event[]): State {
  return events.reduce(reduce, initialState("vi", true));
}

function previewed(state: State, more: Parameters<typeof preview>[0] = {}): State {
  return reduce(state, { type: "previewed", of: state.operation, preview: preview(more) });
}

const split = (state: State): Split => state.operation as Split;
const intent = (state: State) => intentOf(state.lang, state.operation, state.faces, state.plane);

describe("picking parcels", () => {
  it("reads about one, keeps it for the tool, goes back level by level", () => {
    const looking = after(...open, { type: "picked", parcel: "parent" });
    expect(looking.operation).toEqual({ kind: "look", parcel: "parent" });
    const tool = reduce(looking, { type: "tool", tool: "split" });
    expect(tool.operation).toMatchObject({ kind: "split", parcel: "parent", line: [] });
    const kinds: string[] = [];
    let state = after(...cutting);
    while (state.operation.kind !== "none") {
      state = reduce(state, { type: "dropped" });
      kinds.push(`${state.operation.kind}${state.operation.kind === "split" ? split(state).line.length : ""}`);
    }
    expect(kinds).toEqual(["split0", "look", "none"]);
  });

  it("gathers parcels for a merge and lets them go again", () => {
    const merge = after(...open, { type: "picked", parcel: "parent" }, { type: "tool", tool: "merge" });
    expect(intent(merge)).toBeNull();
    const two = reduce(merge, { type: "picked", parcel: "neighbour" });
    expect(intent(two)).toEqual({ op: "merge", parcels: ["parent", "neighbour"] });
    const addressed = reduce(two, { type: "address", address: "khu phố 5" });
    expect(intent(addressed)).toMatchObject({ address: "khu phố 5" });
    expect(reduce(two, { type: "picked", parcel: "parent" }).operation).toMatchObject({ parcels: ["neighbour"] });
  });
});

describe("drawing a cut", () => {
  it("asks for a preview from the second point on", () => {
    expect(intent(after(...splitting, ...drawn(point(15, -1))))).toBeNull();
    expect(intent(after(...cutting))).toEqual({
      op: "split",
      parcel_id: "parent",
      line: [[15, -1], [15, 31]],
      epsg: 9209,
      allocation: null,
    });
  });

  it("ends when the last point is pressed again, or on demand", () => {
    expect(split(after(...cutting, ...drawn(point(15, 31))))).toMatchObject({ isOpen: false, line: { length: 2 } });
    expect(split(after(...cutting, { type: "line_finished" })).isOpen).toBe(false);
    expect(split(after(...splitting, ...drawn(point(1, 1)), { type: "line_finished" })).isOpen).toBe(true);
  });

  it("forgets what was given to children that are no more", () => {
    const state = previewed(after(...cutting));
    expect(split(state).cells).not.toBeNull();
    const moved = reduce(state, { type: "point_set", at: 1, point: point(16, 31) });
    expect(split(moved)).toMatchObject({ cells: null });
    expect(moved.outlook.preview).not.toBeNull();
    expect(isFresh(moved)).toBe(false);
  });
});

describe("previews", () => {
  it("fill the ledger, which is then sent as the allocation", () => {
    const state = previewed(after(...cutting));
    expect(split(state).cells).toEqual([["357,5", "250,0", "107,5"], ["357,5", "250,0", "107,5"]]);
    expect(isFresh(state)).toBe(false);
    const again = intent(state);
    expect(again?.op === "split" && again.allocation?.[0]).toEqual({
      register_area_m2: 357.5,
      land_uses: [{ code: "ODT", area_m2: 250 }, { code: "CLN", area_m2: 107.5 }],
    });
    expect(isFresh(previewed(state, { can_commit: true, refusal: null }))).toBe(true);
  });

  it("of something else than is before the officer are dropped", () => {
    const state = after(...cutting);
    const other: Operation = { ...split(state) };
    expect(reduce(state, { type: "previewed", of: other, preview: preview() })).toBe(state);
    expect(reduce(state, { type: "refused", of: other, problem: new Problem(422, "line_misses", "") })).toBe(state);
  });

  it("hold no longer once a cell is typed in", () => {
    const ready = previewed(previewed(after(...cutting)), { can_commit: true, refusal: null });
    const typed = reduce(ready, { type: "typed", child: 0, column: 1, text: "300" });
    expect(split(typed).cells).toEqual([["357,5", "300", "107,5"], ["357,5", "200,0", "107,5"]]);
    expect(isFresh(typed)).toBe(false);
  });

  it("that were refused say so until the line changes", () => {
    const state = after(...cutting);
    const problem = new Problem(422, "line_ends_inside", "The line ends inside");
    const refused = reduce(state, { type: "refused", of: state.operation, problem });
    expect(whyNotYet(translator("vi"), refused)).toMatchObject({ code: "line_ends_inside" });
    expect(reduce(refused, { type: "point", point: point(15, 40) }).outlook.problem).toBeNull();
  });

  it("judge no allocation before there is one", () => {
    expect(proposedStep(previewed(after(...cutting)))?.checks).toEqual([]);
    const refusal = { code: "allocation_sum", detail: "" };
    const state = previewed(previewed(after(...cutting)), { refusal });
    expect(proposedStep(state)?.checks).toHaveLength(1);
    expect(whyNotYet(translator("en"), state)).toMatchObject({ code: "allocation_sum" });
  });
});

describe("the newest step of a dossier that has others", () => {
  const earlier = change({
    before: [face("old", { fate: "retired" })],
    after: [face("parent", { fate: "created" }), face("twin", { fate: "created" })],
    edges: [],
    points: [],
  });
  const whole = change({ before: earlier.before, after: [face("twin", { fate: "created" }), ...change().after] });

  it("has its own children and says that it added up itself", () => {
    const state = previewed(
      after({ type: "draft", draft: draft({ change: earlier }) }, ...splitting.slice(1), ...drawn(point(15, -1), point(15, 31))),
      { change: whole },
    );
    const step = proposedStep(state);
    expect(step?.after.map((one) => one.parcel_id)).toEqual(["a", "b"]);
    expect(step?.before.map((one) => one.parcel_id)).toEqual(["parent"]);
    expect(step).toMatchObject({ isWhole: false, balance: { after_m2: 718 } });
  });

  it("is the whole where there is no other", () => {
    expect(proposedStep(previewed(after(...cutting)))).toMatchObject({ isWhole: true, balance: { before_m2: 718 } });
  });
});

describe("the dossier", () => {
  it("as the server answers it ends what was under way", () => {
    const state = after(...cutting, { type: "draft", draft: draft({ rev: 2, change: change() }) });
    expect(state).toMatchObject({ operation: { kind: "none" }, net: { edges: [] } });
    expect([...state.faces.keys()]).toEqual(["a", "b", "neighbour"]);
  });

  it("changed in another window keeps the line, but nothing that was said of it", () => {
    const state = reduce(previewed(after(...cutting)), { type: "draft", draft: draft({ rev: 2 }), keeps: true });
    expect(split(state).line).toHaveLength(2);
    expect(state.outlook.preview).toBeNull();
    expect(intent(state)).not.toBeNull();
  });

  it("is submitted when it changes something, rests on something, and nothing is half done", () => {
    const t = translator("en");
    const why = (...events: Event[]): string | null => whyNoSubmit(t, after(...events));
    const full = draft({ change: change() });
    expect(why({ type: "draft", draft: full })).toBeNull();
    expect(why(...open)).toBe(t("officer.bar.no_submit_empty"));
    const bare = { ...full, basis: { reference: null, documents: [] } };
    expect(why({ type: "draft", draft: bare })).toBe(t("officer.bar.no_submit_basis"));
    expect(why({ type: "draft", draft: full }, ...cutting.slice(1))).toBe(t("officer.bar.no_submit_work"));
  });

  it("is drawn on by whoever may, on a screen that is wide enough; the others are told why not", () => {
    const t = translator("en");
    expect(mayEdit(after(...open))).toBe(true);
    expect(whyNoTool(t, after())).toBe(t("officer.tool.why_no_draft"));
    expect(whyNoTool(t, after(...open, { type: "width", isWide: false }))).toBe(t("officer.tool.why_narrow"));
    const read = draft({ state: "submitted", may: ["approve", "return"] });
    expect(whyNoTool(t, after({ type: "draft", draft: read }))).toContain("awaiting review");
  });
});

describe("what went wrong", () => {
  const t = translator("en");
  it.each([
    [409, "stale_draft", "detail", t("officer.code.stale_draft")],
    [0, "offline", "", t("officer.code.offline")],
    [401, "sign_in_needed", "detail", t("officer.code.not_signed_in")],
    [403, "something_new", "detail", t("officer.code.not_allowed")],
    [422, "something_new", "The server's own words", "The server's own words"],
    [500, "internal", "detail", t("officer.code.server")],
  ])("%i %s is explained", (status, code, detail, text) => {
    expect(explain(t, { status, code, detail })).toBe(text);
  });
});
