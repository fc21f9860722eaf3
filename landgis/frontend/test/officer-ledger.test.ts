import { describe, expect, it } from "vitest";
import type { Allotment } from "../src/core/drafts-api";
import { allocationOf, cellsFrom, columnsOf, readNumber, sums, typed } from "../src/officer/ledger";

const whole: Allotment = {
  register_area_m2: 715,
  land_uses: [
    { code: "ODT", area_m2: 500 },
    { code: "CLN", area_m2: null },
  ],
};
const proposal: Allotment[] = [
  { register_area_m2: 367.5, land_uses: [{ code: "ODT", area_m2: 257 }, { code: "CLN", area_m2: null }] },
  { register_area_m2: 347.5, land_uses: [{ code: "ODT", area_m2: 243 }, { code: "CLN", area_m2: null }] },
];
const columns = columnsOf(whole);
const cells = cellsFrom("vi", columns, proposal);

describe("the cells", () => {
  it("start with what the server proposes", () => {
    expect(cells).toEqual([["367,5", "257,0", "x"], ["347,5", "243,0", "x"]]);
    expect(allocationOf("vi", cells, columns)).toEqual(proposal);
  });

  it("of two children fill each other", () => {
    expect(typed("vi", cells, columns, { child: 0, column: 1 }, "300")).toEqual([
      ["367,5", "300", "x"],
      ["347,5", "200,0", "x"],
    ]);
    expect(typed("vi", cells, columns, { child: 1, column: 1 }, "300")[0]?.[1]).toBe("200,0");
  });

  it("leave nothing to the other child when one gets more than there is", () => {
    const all = typed("vi", cells, columns, { child: 0, column: 1 }, "900");
    expect(all[1]?.[1]).toBe("0,0");
    expect(sums("vi", all, columns)[1]?.off).toBe(400);
  });

  it("leave the other children alone when there is no number, or there are three", () => {
    expect(typed("vi", cells, columns, { child: 0, column: 1 }, "3o0")[1]?.[1]).toBe("243,0");
    const three = cellsFrom("vi", columns, [...proposal, ...proposal.slice(1)]);
    expect(typed("vi", three, columns, { child: 0, column: 1 }, "1")[1]?.[1]).toBe("243,0");
  });

  it("leave a use out of a child that gets none of it", () => {
    const none = typed("vi", cells, columns, { child: 0, column: 1 }, "0");
    const given = typed("vi", none, columns, { child: 1, column: 2 }, "");
    expect(allocationOf("vi", given, columns)).toEqual([
      { register_area_m2: 367.5, land_uses: [{ code: "CLN", area_m2: null }] },
      { register_area_m2: 347.5, land_uses: [{ code: "ODT", area_m2: 500 }] },
    ]);
  });

  it("are no allocation while one is no number", () => {
    expect(allocationOf("vi", typed("vi", cells, columns, { child: 0, column: 0 }, "nhiều"), columns)).toBeNull();
  });

  it("ask nothing for a register area that nobody knows", () => {
    const unknown = { ...whole, register_area_m2: null };
    const blank = cellsFrom("vi", columnsOf(unknown), [
      { register_area_m2: null, land_uses: [] },
      { register_area_m2: null, land_uses: [] },
    ]);
    expect(allocationOf("vi", blank, columnsOf(unknown))?.[0]?.register_area_m2).toBeNull();
  });
});

describe("the sums", () => {
  it("match when they are off by tenths of rounding only", () => {
    expect(sums("vi", cells, columns)).toEqual([{ value: 715, off: 0 }, { value: 500, off: 0 }, null]);
    const odd = sums("vi", cells, columnsOf({ ...whole, register_area_m2: 715.1 }));
    expect(odd[0]?.off).toBe(0);
  });

  it("say how much is missing or too much", () => {
    const three = cellsFrom("vi", columns, [...proposal, { register_area_m2: 1, land_uses: [] }]);
    expect(sums("vi", three, columns)[0]?.off).toBeCloseTo(1);
    expect(sums("vi", [["", "0", ""], ["1", "0", ""]], columns)[0]).toEqual({ value: null, off: Number.NaN });
  });
});

describe("numbers as they are typed", () => {
  it.each([
    ["vi", "1.234,5", 1234.5],
    ["vi", "1 250 824,518", 1250824.518],
    ["vi", "300.5", 300.5],
    ["vi", "1.250", 1250],
    ["en", "1,234.5", 1234.5],
    ["en", "300,5", 300.5],
    ["vi", "12,", 12],
  ] as const)("%s: %s", (lang, text, value) => expect(readNumber(lang, text)).toBe(value));

  it.each(["", "12a", "1,2,3", "--1"])("%s is none", (text) => expect(readNumber("vi", text)).toBeNull());
});
