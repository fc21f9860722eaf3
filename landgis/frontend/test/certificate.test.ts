import { describe, expect, it } from "vitest";
import { type Certificate, answerOf, isSerial, withoutCertificate } from "../src/core/certificate";
import { type Answer, sureOf } from "../src/core/search";

const PATTERN = "[A-ZĐ]{1,3}[ .-]?[0-9]{5,8}";
const none: Answer = { query: "BK 1", assumed: [], results: [], ambiguous: false, more: false, next: [] };

function paper(more: Partial<Certificate> = {}): Certificate {
  const land = { fid: 7, sheet: "12", number: "5", unit_name: "Phường Hoà Thành", status: "current" };
  return { serial: "BK 123456", state: "in_force", parcels: [land], ...more };
}

describe("a serial", () => {
  it("is the whole text, in any case", () => {
    for (const text of ["BK 123456", "đb123456", "AA.01234567"]) expect(isSerial(text, PATTERN)).toBe(true);
    for (const text of ["12/125", "BK", "BK 123456 x", "tờ 12 thửa 5", ""]) expect(isSerial(text, PATTERN)).toBe(false);
  });

  it("is nothing where a jurisdiction has none", () => {
    expect(isSerial("BK 123456", null)).toBe(false);
  });
});

describe("the answer to a serial", () => {
  it("leaves no doubt when the paper is for one parcel", () => {
    const found = sureOf(answerOf(paper()));
    expect(found?.result.parcel).toEqual({ fid: 7 });
    expect(found?.result.title).toEqual({ vi: "Thửa 5 · Tờ 12", en: "Parcel 5 · Sheet 12" });
    expect(found?.answer.assumed.map(({ vi }) => vi)).toEqual([
      "Hiểu là số phát hành của giấy chứng nhận: BK 123456",
    ]);
  });

  it("says when the paper is no longer in force", () => {
    const { assumed } = answerOf(paper({ state: "ended" }));
    expect(assumed.at(-1)?.en).toBe("This certificate is no longer in force");
  });

  it("leads from a retired parcel to what it became", () => {
    const successors = [{ fid: 8, sheet: "12", number: "90" }, { fid: 9, sheet: "12", number: "91" }];
    const [land] = paper().parcels;
    const { results } = answerOf(paper({ parcels: [{ ...land!, status: "retired", successors }] }));
    expect(results.map(({ parcel }) => parcel?.fid)).toEqual([8, 9]);
    expect(results[0]?.detail?.vi).toBe("Phường Hoà Thành");
    expect(results[0]?.why[0]?.en).toBe("Issued for parcel 5, sheet 12, which has become another");
  });

  it("says that none is noted only where nothing else was found", () => {
    expect(withoutCertificate(none, "BK 1").next[0]?.vi).toContain("Chưa ghi nhận giấy chứng nhận số BK 1");
    const some = { ...none, results: answerOf(paper()).results };
    expect(withoutCertificate(some, "BK 1")).toBe(some);
  });
});
