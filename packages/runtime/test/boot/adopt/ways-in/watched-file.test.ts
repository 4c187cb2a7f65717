import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import { Failed } from "../../../../src/base/failed.ts";
import type { RuntimeWarning } from "../../../../src/base/warning.ts";
import { watchedFile } from "../../../../src/boot/adopt/ways-in/watched-file.ts";
import { loadConfig } from "../../../../src/config/load.ts";
import { Changes } from "../../../support/changes.ts";
import { publish } from "../../../support/kubelet.ts";
import { scratchFolder } from "../../../support/scratch.ts";

/** A watch on `pod/binding`, and what it has bound. `refuse` throws for documents that the seed does not take. */
async function watching(refuse: (document: unknown) => void = () => {}) {
  const folder = await scratchFolder();
  const file = join(folder, "sandboot.json");
  await writeFile(file, JSON.stringify({ mode: "seed", binding: { file: "pod/binding" } }));
  const config = await loadConfig({ file, env: {}, cwd: folder });
  const changes = new Changes();
  const tried: unknown[] = [];
  const warnings: RuntimeWarning[] = [];
  const start = () => {
    const way = watchedFile({
      config,
      bind: async (document) => {
        tried.push(document);
        changes.notify();
        refuse(document);
        return { bindingId: "x", requestedMs: 0, readyMs: 0, durationMs: 0, urls: {} };
      },
      warn: (warning) => {
        warnings.push(warning);
        changes.notify();
      },
    });
    onTestFinished(async () => {
      await way?.[Symbol.asyncDispose]();
    });
  };
  const triedTimes = (count: number) => changes.until(() => tried.length >= count);
  const warned = (count: number) => changes.until(() => warnings.length >= count);
  return { pod: join(folder, "pod"), tried, warnings, start, triedTimes, warned };
}

describe("a watched file", () => {
  it("is bound when kubelet swaps its link, and then no more", async () => {
    const { pod, tried, warnings, start, triedTimes } = await watching();
    await publish(pod, "binding", 1, "");
    start();
    await publish(pod, "binding", 2, '{ "id": "claim-7" }');
    await triedTimes(1);
    await publish(pod, "binding", 3, '{ "id": "claim-8" }');
    expect(tried).toEqual([{ id: "claim-7" }]);
    expect(warnings).toEqual([]);
  });

  it("may be the annotations of a pod, in a folder that comes later", async () => {
    const { pod, tried, warnings, start, triedTimes } = await watching();
    start();
    await publish(pod, "binding", 1, 'kubernetes.io/config.source="api"\n');
    await publish(
      pod,
      "binding",
      2,
      `${String.raw`sandboot.dev/binding="{\"id\":\"claim-7\"}"`}\n`,
    );
    await triedTimes(1);
    expect(tried).toEqual([{ id: "claim-7" }]);
    expect(warnings).toEqual([]);
  });

  it("is tried once for each content: what is wrong is told without its text", async () => {
    const { pod, tried, warnings, start, triedTimes, warned } = await watching((document) => {
      if ((document as { id: string }).id !== "good") {
        throw new Failed({ code: "cancelled", reason: "another reason" });
      }
    });
    await mkdir(pod);
    const file = join(pod, "binding");
    await writeFile(file, "id: secret-text");
    start();
    await warned(1);
    await writeFile(file, '{ "id": secret-text');
    await warned(2);
    await writeFile(file, '{ "id": "bad" }');
    await warned(3);
    await writeFile(file, '{ "id": "good" }');
    await triedTimes(2);
    expect(tried).toEqual([{ id: "bad" }, { id: "good" }]);
    expect(warnings).toMatchObject([
      { code: "binding-refused", path: file, cause: { error: "it holds no JSON" } },
      { cause: { error: "it holds no JSON" } },
      { cause: { error: expect.stringContaining("another reason") } },
    ]);
    expect(JSON.stringify(warnings)).not.toContain("secret-text");
  });

  it.each([
    ["another binding that is under way", "adopting"],
    ["the thaw of a seed that is frozen", "frozen"],
  ] as const)("is tried again after %s", async (_, code) => {
    let busy = true;
    const { pod, tried, warnings, start, triedTimes } = await watching(() => {
      if (busy) throw new Failed({ code });
    });
    await mkdir(pod);
    await writeFile(join(pod, "binding"), "{}");
    start();
    await triedTimes(1);
    busy = false;
    await writeFile(join(pod, "something-else"), "");
    await triedTimes(2);
    expect(tried).toEqual([{}, {}]);
    expect(warnings).toEqual([]);
  });

  it("is not tried again for what else stands in it, nor when the seed is somebody's", async () => {
    let problem: Failed = new Failed({ code: "cancelled", reason: "a test" });
    const { pod, tried, warnings, start, warned } = await watching(() => {
      throw problem;
    });
    const annotations = (id: string, more: string) =>
      `sandboot.dev/binding=${JSON.stringify(JSON.stringify({ id }))}\nmore="${more}"\n`;
    await publish(pod, "binding", 1, annotations("claim-7", "a"));
    start();
    await warned(1);
    await publish(pod, "binding", 2, annotations("claim-7", "b"));
    problem = new Failed({ code: "already-bound", id: "another" });
    await publish(pod, "binding", 3, annotations("claim-8", "c"));
    await warned(2);
    await publish(pod, "binding", 4, annotations("claim-9", "d"));
    expect(tried).toEqual([{ id: "claim-7" }, { id: "claim-8" }]);
    expect(warnings).toHaveLength(2);
  });

  it("that is a named pipe or too long is a warning, and no wait", async () => {
    const { pod, warnings, start, warned } = await watching();
    await mkdir(pod);
    await execa("mkfifo", [join(pod, "binding")]);
    start();
    await warned(1);
    await rm(join(pod, "binding"));
    await writeFile(join(pod, "binding"), " ".repeat(1024 * 1024 + 1));
    await warned(2);
    expect(warnings.map(({ code }) => code)).toEqual(["binding-refused", "binding-refused"]);
  });
});
