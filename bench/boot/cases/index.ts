import type { Contender } from "../../lib/alternate.ts";
import type { BootSample } from "../sample.ts";
import type { Workbench } from "../workbench.ts";
import { repoImage } from "./repo-image.ts";

/** What is held against what. Each case is one file, listed below. */
export interface BootCase {
  readonly name: string;
  readonly title: string;
  readonly contenders: (workbench: Workbench) => readonly Contender<BootSample>[];
  /** The ratio is `measured` ÷ `baseline`, by their medians. */
  readonly baseline: string;
  readonly measured: string;
}

export const cases: readonly BootCase[] = [repoImage];
