import { describe, expect, it } from "vitest";
import { chainShares, formatShare } from "../../../src/protocol/derive/chain-shares.ts";
import { changeOf } from "../../../src/protocol/derive/change.ts";
import { reportOf } from "../../support/reports.ts";

describe("what a boot waited for", () => {
  it("is sandboot itself, then the critical chain, each with its share", () => {
    const boot = reportOf({
      readyMs: 1000,
      phases: [
        { id: "stage", ran: [100, 110] },
        { id: "agent.listening", ran: [100, 900] },
        { id: "ready", needs: ["stage", "agent.listening"], ran: [900, 1000] },
      ],
    });
    expect(chainShares(boot)).toEqual([
      { id: null, tookMs: 100, share: 0.1 },
      { id: "agent.listening", tookMs: 800, share: 0.8 },
      { id: "ready", tookMs: 100, share: 0.1 },
    ]);
  });

  it("is nothing when no phase ran, and no share of nothing is anything", () => {
    expect(chainShares(reportOf({ phases: [{ id: "ready" }] }))).toEqual([]);
    const [itself, ready] = chainShares(reportOf({ phases: [{ id: "ready", ran: [0, 0] }] }));
    expect([itself?.share, ready?.share]).toEqual([0, 0]);
  });

  it("has shares in whole percent", () => {
    expect([0, 0.004, 0.01, 0.836, 1].map(formatShare)).toEqual([
      "0 %",
      "<1 %",
      "1 %",
      "84 %",
      "100 %",
    ]);
  });
});

it("a difference below 20 ms, or below a tenth, is none", () => {
  expect([
    changeOf(119, 100),
    changeOf(120, 100),
    changeOf(80, 100),
    changeOf(2090, 2000),
    changeOf(2200, 2000),
  ]).toEqual(["same", "slower", "faster", "same", "slower"]);
});
