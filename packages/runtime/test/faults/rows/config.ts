import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { pipeAt } from "../pipe.ts";
import { fatal, type Row, ready, refused } from "../row.ts";

const file = (text: string | Buffer) => (world: { readonly configFile: string }) =>
  writeFile(world.configFile, text);

/** What is wrong with the configuration. */
export const configRows: readonly Row[] = [
  { fault: "a config that is not JSON", before: file("{"), end: refused(/sandboot\.json/) },
  { fault: "a config that is empty", before: file(""), end: refused(/sandboot\.json/) },
  { fault: "a config that is a list", before: file("[]"), end: refused(/sandboot\.json/) },
  {
    fault: "a config that is no text",
    before: file(Buffer.from([0xff, 0xfe, 0x00, 0x7b])),
    end: refused(/sandboot\.json/),
  },
  {
    fault: "a config that is a folder",
    before: ({ configFile }) => mkdir(configFile),
    end: refused(/sandboot\.json/),
  },
  {
    fault: "a config that is a pipe",
    before: ({ configFile }) => pipeAt(configFile),
    end: refused(/sandboot\.json/),
  },
  {
    fault: "a config of lists within lists, 5,000 deep",
    before: file(`{"mode": ${"[".repeat(5000)}${"]".repeat(5000)}}`),
    end: refused(/sandboot\.json/),
  },
  {
    fault: "a config of objects within objects, 5,000 deep, in a key that takes any",
    before: file(`{"agent":{"config":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}}`),
    end: refused(/sandboot\.json.*(?:deep|levels|nest)/),
  },
  {
    fault: "a config with comments and brackets without end",
    before: file(`// mine\n${"[".repeat(100_000)}`),
    end: refused(/sandboot\.json.*(?:deep|levels|nest)/),
  },
  {
    fault: "a SESSION_CONFIG of lists within lists",
    env: () => ({ SESSION_CONFIG: `{"permission":${"[".repeat(5000)}${"]".repeat(5000)}}` }),
    end: refused(/SESSION_CONFIG/),
  },
  {
    fault: "a pattern for a line that is no regular expression",
    config: () => ({ sidecars: [{ id: "a", command: ["true"], readiness: { logLine: "(" } }] }),
    end: refused(/logLine/),
  },
  {
    fault: "a path with a zero byte",
    config: () => ({ workspace: "a\0b" }),
    end: refused(/workspace/),
  },
  {
    fault: "a key with sequences for terminals and a change of direction",
    before: file(JSON.stringify({ "\u001b]0;title\u0007\u202eagent\u009b31m": 1 })),
    after: async ({ run }) => {
      const { stderr } = await run.ended();
      for (const character of "\u001b\u009b\u202e\u0007") expect(stderr).not.toContain(character);
    },
    end: refused(/agent/),
  },
  {
    fault: "a key that is not there",
    config: () => ({ agnet: {} }),
    end: refused(/agnet/),
  },
  {
    fault: "several wrong keys",
    config: () => ({ bridge: { port: 0 }, hooks: { startSeconds: -1 }, mode: "warp" }),
    end: refused(/bridge\.port[\s\S]*startSeconds|startSeconds[\s\S]*bridge\.port/),
  },
  {
    fault: "one port for two",
    config: ({ agentPort }) => ({ bridge: { port: agentPort } }),
    end: refused(/a port of its own/),
  },
  {
    fault: "a bridge outside loopback without a token",
    config: () => ({ bridge: { host: "0.0.0.0" } }),
    end: refused(/bridge\.token/),
  },
  {
    fault: "a status port without a token",
    config: () => ({ status: { port: 1234 } }),
    end: refused(/status\.token/),
  },
  {
    fault: "a SESSION_CONFIG that is not JSON",
    env: () => ({ SESSION_CONFIG: "{" }),
    end: refused(/SESSION_CONFIG/),
  },
  {
    fault: "an owner without a repository",
    env: () => ({ REPO_OWNER: "acme" }),
    end: refused(/REPO_NAME/),
  },
  {
    fault: "a time limit in the environment that is no number",
    env: () => ({ START_TIMEOUT_SECONDS: "soon" }),
    end: refused(/START_TIMEOUT_SECONDS/),
  },
  {
    fault: "a reference to a variable that is not there",
    config: () => ({ agent: { env: { KEY: "{env:NO_SUCH_VARIABLE}" } } }),
    end: refused(/NO_SUCH_VARIABLE/),
  },
  {
    fault: "a state folder whose socket would have too long a path",
    config: () => ({ stateDir: "x".repeat(120) }),
    end: refused(/stateDir/),
  },
  {
    fault: "a file in the place of the state folder",
    before: ({ state }) => writeFile(state, ""),
    end: refused(/stateDir/),
  },
  {
    fault: "a file in the place of the workspace",
    before: ({ workspace }) => writeFile(workspace, ""),
    end: refused(/workspace/),
  },
  {
    fault: "a report that cannot be written",
    before: ({ reportFile }) => mkdir(reportFile),
    end: refused(/report/),
  },
  {
    fault: "a stage that is not there",
    config: ({ folder }) => ({ stage: { dir: join(folder, "none") } }),
    end: fatal("stage-unusable"),
  },
  {
    fault: "a stage whose description is not JSON, and an installer that takes over",
    before: async ({ folder }) => {
      await mkdir(join(folder, "stage"));
      await mkdir(join(folder, "legacy"));
      await writeFile(join(folder, "stage/stage.json"), "{");
    },
    config: () => ({ stage: { dir: "stage", legacy: [{ from: "legacy", to: "tool" }] } }),
    end: ready("stage-replaced"),
  },
  {
    fault: "a control plane without a name for the sandbox",
    env: () => ({ CONTROL_PLANE_URL: "http://127.0.0.1:9" }),
    end: ready("sandbox-unnamed"),
  },
];
