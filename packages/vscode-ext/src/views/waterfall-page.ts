import { kindWords } from "@sandboot/runtime/protocol";

/** The webview's page. Its policy allows its own script and style sheet, and nothing else. */
export function waterfallPage(options: {
  readonly nonce: string;
  readonly cspSource: string;
  readonly script: string;
  readonly style: string;
  readonly language: string;
}): string {
  const { nonce, cspSource, script, style, language } = options;
  const marks = ["warned", "failed", "unfinished", "critical", "usual", "earlier"];
  const legend = [...Object.keys(kindWords), ...marks];
  const policy = [
    "default-src 'none'",
    // The PNG export draws the SVG from a data URL.
    "img-src data:",
    `style-src ${cspSource}`,
    `script-src 'nonce-${nonce}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
</head>
<body class="empty">
<header>
  <div class="heading"><h1 id="title"></h1><p><span id="subtitle"></span> <span id="change"></span></p></div>
  <svg id="strip" data-label="earlierBoots" role="img" hidden></svg>
  <div class="tools">
    <label><span data-text="compare"></span> <select id="compare"></select></label>
    <span class="buttons">
      <button id="zoom-out" data-label="zoomOut">−</button>
      <button id="fit" data-text="fit"></button>
      <button id="zoom-in" data-label="zoomIn">+</button>
    </span>
    <span class="buttons">
      <span class="caption" data-text="export"></span>
      <button id="export-png">PNG</button>
      <button id="export-svg">SVG</button>
      <button id="export-perfetto">Perfetto</button>
    </span>
  </div>
</header>
<main id="stage">
  <svg id="chart" data-label="chart" role="group"></svg>
</main>
<section id="detail" data-label="detail" hidden></section>
<footer>
${legend.map((name) => `  <span data-legend="${name}"><i class="${name}"></i><b data-text="${name}"></b></span>`).join("\n")}
</footer>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
