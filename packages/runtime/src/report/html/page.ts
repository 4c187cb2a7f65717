import { createHash } from "node:crypto";
import { formatDuration } from "../../protocol/derive/format.ts";
import type { BootReport } from "../../protocol/index.ts";
import { usualOf } from "../usual.ts";
import { CLIENT } from "./client.ts";
import { phaseDetails, processTable, stageItems } from "./details.ts";
import { earlierBoots } from "./earlier.ts";
import { STYLES } from "./styles.ts";
import { summary } from "./summary.ts";
import { Html, html } from "./template.ts";
import { waterfall } from "./waterfall.ts";

/**
 * One boot as a page in one file. It needs no network, and no script to show its content. Its policy allows only the
 * style sheet and the script that are in it.
 *
 * @param earlier - Recorded boots to compare with, oldest first.
 */
export function renderPage(report: BootReport, earlier: readonly BootReport[]): string {
  const usual = usualOf(earlier, report.mode);
  const when =
    report.readyMs === null ? report.outcome : `ready in ${formatDuration(report.readyMs)}`;
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${hashOf(CLIENT)}; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>sandboot: ${when}</title>
<style>${new Html(STYLES)}</style>
</head>
<body>
<main>
${summary(report, usual)}
${waterfall(report, usual)}
${phaseDetails(report, usual)}
${earlierBoots(report, earlier, usual)}
${stageItems(report)}
${processTable(report)}
<footer>sandboot ${report.runtimeVersion}</footer>
</main>
<script>${new Html(CLIENT)}</script>
</body>
</html>
`;
  return page.text;
}

function hashOf(script: string): string {
  return `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
}
