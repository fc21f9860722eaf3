import { describe, expect, it } from "vitest";
import {
  areaSentence,
  compareNatural,
  formatArea,
  formatDay,
  formatLength,
  formatLonLat,
  formatPercent,
  formatTime,
  parcelTitle,
  scaleBar,
  statusText,
} from "../src/core/format";
import { translator } from "../src/core/i18n";

const vi = translator("vi");
const en = translator("en");
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

describe("numbers", () => {
  it("writes areas with the separators of each language", () => {
    expect(plain(formatArea("vi", 1234.5))).toBe("1.234,5 m²");
    expect(plain(formatArea("en", 1234.5))).toBe("1,234.5 m²");
  });

  it("never breaks a line between a number and its unit", () => {
    expect(formatArea("vi", 715)).toBe("715,0\u00a0m²");
  });

  it("writes a small share as less than a tenth of a per cent, not as zero", () => {
    expect(plain(formatPercent("vi", 0.0003))).toBe("< 0,1 %");
    expect(plain(formatPercent("vi", -0.0153))).toBe("1,5 %");
    expect(plain(formatPercent("en", 0.72))).toBe("72%");
  });

  it("goes over to kilometres at a thousand metres", () => {
    expect(plain(formatLength("vi", 500))).toBe("500 m");
    expect(plain(formatLength("vi", 2000))).toBe("2 km");
  });

  it("names the directions of coordinates in each language", () => {
    expect(formatLonLat("vi", vi, 106.11, 11.3)).toBe("11,30000° B · 106,11000° Đ");
    expect(formatLonLat("en", en, -3.5, -11.3)).toBe("11.30000° S · 3.50000° W");
  });
});

describe("times", () => {
  it("writes dd/MM/yyyy HH:mm in the reader's zone", () => {
    expect(formatTime("2026-11-23T07:05:00Z", "Asia/Ho_Chi_Minh")).toBe("23/11/2026 14:05");
  });

  it("shows what it cannot read as it came", () => {
    expect(formatTime("soon")).toBe("soon");
  });

  it("keeps a day a day, whatever the zone", () => {
    expect(formatDay("2026-11-20")).toBe("20/11/2026");
    expect(formatDay("2026-11-20T00:00:00+07:00")).toBe("20/11/2026");
  });
});

describe("the two areas", () => {
  it("says which one is larger and by how much", () => {
    expect(plain(areaSentence("vi", vi, 715, 718))).toContain("lớn hơn hồ sơ 3,0 m² (0,4 %)");
    expect(plain(areaSentence("en", en, 718, 715))).toContain("3.0 m² (0.4%) less");
  });

  it("calls areas equal that are written with the same figures", () => {
    expect(areaSentence("vi", vi, 715, 715.04)).toBe(vi("parcel.area_same"));
    expect(areaSentence("vi", vi, 0.1 + 0.2, 0.3)).toBe(vi("parcel.area_same"));
  });

  it("says so when the register states none", () => {
    expect(areaSentence("en", en, null, 10)).toBe(en("parcel.area_no_register"));
    expect(areaSentence("en", en, undefined, 10)).toBe(en("parcel.area_no_register"));
  });

  it("gives no share of a register area of zero", () => {
    expect(plain(areaSentence("en", en, 0, 10))).toContain("10.0 m² (–)");
  });
});

describe("names", () => {
  it("titles a parcel by what is known of it", () => {
    expect(parcelTitle(vi, "12", "152")).toBe("Thửa 152 · Tờ 12");
    expect(parcelTitle(en, null, "152")).toBe("Parcel 152");
    expect(parcelTitle(vi, "12", null)).toBe("Thửa chưa có số");
  });

  it("shows a status it has no word for as it is", () => {
    expect(statusText(vi, "current")).toBe("Hiện hành");
    expect(statusText(vi, "frozen")).toBe("frozen");
  });

  it("orders numbers by value and letters after them", () => {
    expect(["12a", "10", "9", "12"].sort(compareNatural)).toEqual(["9", "10", "12", "12a"]);
  });
});

describe("scale bar", () => {
  it("is the longest round length that fits", () => {
    expect(scaleBar(0.5, 90)).toEqual({ px: 40, metres: 20 });
    expect(scaleBar(40, 90)).toEqual({ px: 50, metres: 2000 });
  });
});
