import { causeOf, type Failed, failedWith } from "../base/failed.ts";
import { jsonIn } from "../base/json-in.ts";
import { readAtMost } from "../base/read-at-most.ts";
import { foundText } from "../base/system-error-text.ts";
import { readText } from "../base/text-file.ts";
import { badInput } from "../config/errors.ts";
import { problemsOfJson } from "../config/plain-json.ts";
import { MAX_BINDING_BYTES } from "../protocol/binding-keys.ts";
import type { BindingDocument } from "../protocol/index.ts";

/**
 * Reads a binding. Only the runtime validates it, but what is nested too deep cannot even be sent.
 *
 * @param file - `-` is stdin.
 * @throws Failed `bad-input`.
 */
export async function readBindingFile(
  file: string,
  stdin: AsyncIterable<Buffer> = process.stdin,
): Promise<BindingDocument> {
  const source = file === "-" ? "stdin" : file;
  const content = file === "-" ? await contentFrom(stdin) : contentOf(file);
  let document: BindingDocument;
  try {
    document = jsonIn(content) as BindingDocument;
  } catch {
    throw badFlag("--binding", "JSON in UTF-8", `text that is not JSON (${source})`);
  }
  const unfit = problemsOfJson(document, source);
  if (unfit.length > 0) throw badInput(...unfit);
  return document;
}

/** No more than the runtime takes. */
async function contentFrom(stdin: AsyncIterable<Buffer>): Promise<string> {
  const content = await readAtMost(stdin, MAX_BINDING_BYTES);
  if (content !== null) return content;
  throw badFlag("--binding", `at most ${MAX_BINDING_BYTES} bytes`, "more on stdin");
}

function contentOf(file: string): string {
  const bad = (found: string) => badFlag("--binding", "a file that can be read", found);
  let content: string | null;
  try {
    content = readText(file);
  } catch (error) {
    if (failedWith(error, "unfit-file")) throw bad(`something that ${error.value.why}`);
    throw bad(foundText(causeOf(error, file)));
  }
  if (content === null) throw bad("no such file");
  return content;
}

export function badFlag(key: string, expected: string, found: string): Failed {
  return badInput({ source: "command line", key, expected, found });
}
