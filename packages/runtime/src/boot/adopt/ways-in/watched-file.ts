import { createHash } from "node:crypto";
import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import { causeOf, failedWith } from "../../../base/failed.ts";
import { jsonIn } from "../../../base/json-in.ts";
import { readText } from "../../../base/text-file.ts";
import { MAX_BINDING_BYTES } from "../../../protocol/binding-keys.ts";
import { annotationIn } from "./annotations.ts";
import type { WayIn, WayInParts } from "./way-in.ts";

/** Where the system does not tell of changes (network file systems, gVisor), a change is noticed within this time. */
const LOOK_AGAIN_MS = 1_000;

/** Watches `binding.file`, if there is one. */
export const watchedFile: WayIn = (parts) => {
  const { file, annotation } = parts.config.binding;
  return file === undefined ? null : new WatchedFile(parts, { path: file, annotation });
};

/** Another binding that is under way may fail, and a seed that is frozen will thaw. */
function isPassing(error: unknown): boolean {
  return failedWith(error, "adopting") || failedWith(error, "frozen");
}

/** Such a seed takes no binding any more. */
function isForGood(error: unknown): boolean {
  return failedWith(error, "already-bound") || failedWith(error, "spent");
}

function documentIn(text: string): unknown {
  try {
    return jsonIn(text);
  } catch {
    // The parser's message quotes the text, which holds secrets.
    throw new SyntaxError("it holds no JSON");
  }
}

/** A file of annotations begins with one. Anything else is, or will be, a document. */
const ANNOTATIONS = /^[\w./-]+="/;

interface Place {
  readonly path: string;
  /** The annotation that holds the document, in a file of annotations. */
  readonly annotation: string;
}

/**
 * Binds the seed with what a file holds, as soon as it is there: a document, or annotations of which one is a document. Each
 * content is tried once. The file may be replaced in any way: by kubelet, whose files lead through a link `..data` that is
 * swapped, by a rename, or by writing into it.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
 */
class WatchedFile implements AsyncDisposable {
  readonly #parts: WayInParts;
  readonly #place: Place;
  readonly #timer: NodeJS.Timeout;
  #watcher: FSWatcher | null = null;
  /** Of the content that was tried last. The content itself is not kept, because it holds secrets. */
  #tried: string | null = null;
  #looking: Promise<void> | null = null;
  #isNews = false;
  #isOver = false;

  constructor(parts: WayInParts, place: Place) {
    this.#parts = parts;
    this.#place = place;
    this.#timer = setInterval(() => this.#look(), LOOK_AGAIN_MS);
    this.#look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    await this.#looking;
  }

  #end(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#watcher?.close();
  }

  #look(): void {
    if (this.#isOver) return;
    this.#isNews = true;
    this.#watchFolder();
    this.#looking ??= this.#lookWhileThereIsNews().finally(() => {
      this.#looking = null;
    });
  }

  async #lookWhileThereIsNews(): Promise<void> {
    while (this.#isNews && !this.#isOver) {
      this.#isNews = false;
      await this.#tryOnce();
    }
  }

  /** The folder may come later than the seed. */
  #watchFolder(): void {
    if (this.#watcher !== null) return;
    try {
      const watcher = watch(dirname(this.#place.path), { persistent: false }, () => this.#look());
      this.#watcher = watcher;
      watcher.on("error", () => {
        watcher.close();
        if (this.#watcher === watcher) this.#watcher = null;
      });
    } catch {
      // It is not there, or the system has no watches left: the timer looks.
    }
  }

  async #tryOnce(): Promise<void> {
    let text: string | null;
    try {
      text = this.#textNow();
    } catch (error) {
      if (this.#isNew(String(error))) this.#warn(error);
      return;
    }
    if (text === null) this.#tried = null;
    if (text === null || !this.#isNew(text)) return;
    try {
      await this.#parts.bind(documentIn(text), this.#place.path);
      this.#end();
    } catch (error) {
      if (isPassing(error)) {
        this.#tried = null;
        return;
      }
      this.#warn(error);
      if (isForGood(error)) this.#end();
    }
  }

  /** The text of the document, whatever else the file holds; null when there is none yet. */
  #textNow(): string | null {
    const { path, annotation } = this.#place;
    const text = readText(path, { maxBytes: MAX_BINDING_BYTES })?.trim() ?? "";
    return (ANNOTATIONS.test(text) ? annotationIn(text, annotation) : text) || null;
  }

  /** Whether it is not what was tried, or told, last. */
  #isNew(text: string): boolean {
    const digest = createHash("sha256").update(text).digest("hex");
    if (digest === this.#tried) return false;
    this.#tried = digest;
    return true;
  }

  #warn(error: unknown): void {
    const { path } = this.#place;
    this.#parts.warn({ code: "binding-refused", path, cause: causeOf(error, path) });
  }
}
