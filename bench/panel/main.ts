// What the panel costs an editor that starts: loading the bundle and activating it, anew each time.
// `npm run bench -- panel [--case editor|alone] [--runs N] [--out FILE]`
import { writeFile } from "node:fs/promises";
import { runScript } from "../../scripts/bootstrap.mjs";
import { alternate } from "../lib/alternate.ts";
import { parseBenchOptions } from "../lib/options.ts";
import { summarize } from "../lib/stats.ts";
import { formatMs, formatTable } from "../lib/table.ts";
import { activateAlone } from "./alone.ts";
import { activateInEditor } from "./in-editor.ts";
import type { Sample } from "./sample.ts";

const TARGET_MS = 30;

const cases = { editor: activateInEditor, alone: activateAlone } as const;

async function main(): Promise<number> {
  const { runs, out, caseName } = parseBenchOptions(process.argv.slice(2), Object.keys(cases), 5);
  const run = cases[caseName as keyof typeof cases];
  const samples = await alternate<Sample>({
    contenders: [{ id: "panel", run: (_round, signal) => run(signal) }],
    runs,
    signal: new AbortController().signal,
  });
  const all = samples.get("panel") ?? [];
  const own = all.map(({ loadMs, activateMs }) => loadMs + activateMs);
  const counted = all.flatMap(({ editorMs }) => (editorMs === undefined ? [] : [editorMs]));
  const parts = {
    "load the bundle": all.map(({ loadMs }) => loadMs),
    activate: all.map(({ activateMs }) => activateMs),
    "both: its own": own,
    ...(counted.length > 0 && { "as the editor counts, with other extensions' turns": counted }),
  };
  const rows = Object.entries(parts).map(([name, sample]) => {
    const { median, p95, max } = summarize(sample);
    return [name, formatMs(median), formatMs(p95), formatMs(max)];
  });
  const what = caseName === "editor" ? "starts of code-server" : "processes";
  console.log(`${runs} ${what}, after a warm-up\n`);
  console.log(formatTable(["", "median", "p95", "max"], rows));
  const { median } = summarize(own);
  console.log(`\nlimit ${formatMs(TARGET_MS)}: ${median <= TARGET_MS ? "kept" : "broken"}`);
  if (out !== null) await writeFile(out, `${JSON.stringify(all, null, 2)}\n`);
  return 0;
}

await runScript(main);
