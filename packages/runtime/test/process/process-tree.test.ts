import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";

const processTree = join(import.meta.dirname, "../../src/process/process-tree.ts");

const script = `
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { ProcessTree } from ${JSON.stringify(processTree)};
const mark = { name: "SANDBOOT_PROCESS", value: "of-a-test" };
const env = { PATH: process.env.PATH, [mark.name]: mark.value };
const children = Array.from({ length: 80 }, () => spawn("sleep", ["1000"], { stdio: "ignore", env }));
const taken = [];
try {
  for (;;) taken.push(openSync("/dev/null"));
} catch {
  // As many as a few looks at once take.
  for (const fd of taken.slice(0, 10)) closeSync(fd);
}
const found = await new ProcessTree(mark).living();
console.log(children.filter(({ pid }) => found.includes(pid)).length);
for (const child of children) child.kill("SIGKILL");
`;

it("finds every process, though there are more of them than descriptors", async () => {
  const limited = 'ulimit -n 48; exec "$0" --input-type=module --eval "$1"';
  const { stdout } = await execa("bash", ["-c", limited, process.execPath, script]);
  expect(stdout).toBe("80");
});
