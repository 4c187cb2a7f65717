/**
 * The page's script, as text of plain JavaScript because the page is one file. Without scripts all content is there; what
 * is missing is highlighting, links that open details, and the theme button.
 */
export const CLIENT = `
(() => {
  const rows = [...document.querySelectorAll("a.row")];
  const bars = new Map([...document.querySelectorAll("[data-bar]")].map((bar) => [bar.dataset.bar, bar]));
  const needs = new Map(rows.map((row) => [row.dataset.phase, JSON.parse(row.dataset.needs)]));

  // A phase and everything that it waited for.
  const chainOf = (id, seen = new Set()) => {
    if (seen.has(id)) return seen;
    seen.add(id);
    for (const need of needs.get(id) ?? []) chainOf(need, seen);
    return seen;
  };
  const light = (id) => {
    const lit = id === undefined ? null : chainOf(id);
    for (const row of rows) row.classList.toggle("lit", lit !== null && lit.has(row.dataset.phase));
    for (const [name, bar] of bars) bar.classList.toggle("faint", lit !== null && !lit.has(name));
  };
  for (const row of rows) {
    row.addEventListener("pointerenter", () => light(row.dataset.phase));
    row.addEventListener("pointerleave", () => light());
    row.addEventListener("focus", () => light(row.dataset.phase));
    row.addEventListener("blur", () => light());
  }

  // A link to a phase opens its details.
  const openTarget = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", openTarget);
  openTarget();

  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const button = document.createElement("button");
  button.className = "theme";
  button.type = "button";
  const isDark = () => (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const label = () => (button.textContent = isDark() ? "Light" : "Dark");
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  dark.addEventListener("change", label);
  label();
  document.querySelector(".top").append(button);
})();
`;
