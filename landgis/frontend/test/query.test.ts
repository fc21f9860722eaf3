import { describe, expect, it } from "vitest";
import { readFind, readPermalink, readReference, writePermalink } from "../src/core/query";

describe("an officer's finder", () => {
  it("takes a mere number for a parcel's", () => {
    expect(readFind(" 152 ")).toEqual({ kind: "find", sheet: "", number: "152" });
  });

  it("asks nothing without a number", () => {
    expect(readFind("  ")).toBeNull();
  });

  it("reads a whole reference", () => {
    expect(readFind("12/152")).toEqual({ kind: "find", sheet: "12", number: "152" });
    expect(readFind("tờ 12 thửa 152")).toEqual({ kind: "find", sheet: "12", number: "152" });
  });
});

describe("references", () => {
  it.each([
    ["tờ 12 thửa 152", "12", "152"],
    ["Thửa đất số 152, tờ bản đồ số 12", "12", "152"],
    ["to 12 thua 152", "12", "152"],
    ["TỜ 12, THỬA 152", "12", "152"],
    ["tờ 12 thửa 152".normalize("NFD"), "12", "152"],
    ["sheet AB parcel 7", "AB", "7"],
  ])("reads %s", (text, sheet, number) => {
    expect(readReference(text)).toEqual({ sheet, number });
  });

  it("takes a mere number for what it is", () => {
    expect(readReference("152")).toBeNull();
  });
});

describe("permalinks", () => {
  it("reads back what it wrote", () => {
    const view = { zoom: 16.25, lat: 11.3, lon: 106.11 };
    expect(readPermalink(writePermalink(view, 42))).toEqual({ view, id: "42" });
    expect(readPermalink(writePermalink(view, null))).toEqual({ view, id: null });
  });

  it("reads a parcel without a view", () => {
    expect(readPermalink("#fid=42")).toEqual({ view: null, id: "42" });
  });

  it.each(["", "#find", "#99/11/106", "#16/91/106", "#16/11", "#a/b/c", "#fid=../x"])(
    "finds nothing in %s",
    (hash) => {
      expect(readPermalink(hash)).toEqual({ view: null, id: null });
    },
  );
});
