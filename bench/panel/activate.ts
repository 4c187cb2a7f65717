// Loads the built extension and activates it, in a process of its own; prints what each took, as JSON. The editor's API
// does nothing here, so the time is the extension's own.
import "node:fs/promises";
// Every extension host has these long before an extension is loaded; here they would count as ours.
import "node:http";
import "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

const bundle = join(
  import.meta.dirname,
  "..",
  "..",
  "packages",
  "vscode-ext",
  "dist",
  "extension.cjs",
);

/** Can be called, made with `new`, and asked for anything; settings and memories say what they are by default. */
function anything(name = ""): object {
  // A function can be called and made with `new`; an arrow or a class only one of the two.
  return new Proxy(function nothing() {}, {
    get: (_, key) => {
      if (key === Symbol.toPrimitive) return () => name;
      if (key === "workspaceFolders") return [];
      if (key === "t") return (message: string) => message;
      return anything(String(key));
    },
    apply: (_, __, args: unknown[]) => (name === "get" ? args[1] : anything()),
    construct: () => anything(),
    set: () => true,
  });
}

const require = createRequire(import.meta.url);
const { Module } = require("node:module") as { Module: { _load: (...args: unknown[]) => unknown } };
const load = Module._load;
// The bundle copies what the module has, so each name must really be there.
const names = ["commands", "env", "l10n", "window", "workspace", "Disposable", "EventEmitter"];
names.push("FileDecoration", "MarkdownString", "StatusBarAlignment", "ThemeColor", "ThemeIcon");
names.push("TreeItem", "TreeItemCollapsibleState", "Uri", "ViewColumn");
const vscode = Object.fromEntries(names.map((name) => [name, anything(name)]));
Module._load = (id, ...rest) => (id === "vscode" ? vscode : load(id, ...rest));

const startedMs = performance.now();
const extension = require(bundle) as { activate: (context: object) => void };
const loadedMs = performance.now();
extension.activate({ subscriptions: [], globalState: anything(), extensionUri: anything() });
const activatedMs = performance.now();
console.log(JSON.stringify({ loadMs: loadedMs - startedMs, activateMs: activatedMs - loadedMs }));
// What it has begun, a search for a runtime and a clock, is not measured.
process.exit(0);
