import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "jsonc-parser";
import { expect, onTestFinished } from "vitest";
import { Container } from "../../../../scripts/lib/container.mjs";
import { makeEmptyDirs, readPoolPod } from "../../../../scripts/lib/pool-pod.mjs";
import { nodeUnderTest } from "../../../../test/support/node-under-test.ts";
import type { Origin } from "./git.ts";
import { scratchFolder } from "./scratch.ts";

const repository = join(import.meta.dirname, "../../../..");

/** What lies in the layers below ours in an image: this machine's programs stand in for them. */
const BASE = ["/usr", "/bin", "/lib", "/lib64", "/sbin", "/etc/ssl", "/etc/passwd", "/etc/group"];

/** Those of {@link BASE} that this machine has, by their place in a container. */
const base = Object.fromEntries(
  BASE.filter((path) => existsSync(path)).map((path) => [path, path]),
);

/** Whether runc can start a container here: it needs root, and a system that lets it make namespaces. */
export async function canRunContainers(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "runc-"));
  try {
    const container = await Container.start({
      folder,
      root: join(folder, "root"),
      command: ["/bin/true"],
      env: {},
      cwd: "/",
      user: { uid: 0, gid: 0 },
      shown: base,
      ownNetwork: true,
    });
    return (await container.ended) === 0;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An agent that is ready at once, so that the pod around it is the test's subject. */
const AGENT = ["/opt/agent/node", "/opt/agent/http-agent.mjs", "{port}", "/tmp/agent.jsonl"];

const digestOf = (token: string) => `sha256:${createHash("sha256").update(token).digest("hex")}`;

/** What the pod was answered. */
export interface PodAnswer {
  readonly status: number;
  readonly body: string;
}

export interface PodRequest {
  readonly token?: string;
  /** Makes it a POST. */
  readonly body?: object;
}

/**
 * A seed as a pod of the pool, in a container of runc's: user, root file system, volumes, environment and configuration are
 * those of deploy/kubernetes/pool. Only the agent is a fixture. Its network is its own.
 */
export class SeedPod {
  readonly container: Container;
  /** Where kubelet writes the pod's annotations. */
  readonly annotations: string;
  static readonly enrolmentToken = "enrolment-token-of-the-pool";
  static readonly metricsToken = "token-of-prometheus";
  /** The repository, as the pod sees it. */
  static readonly origin = "/srv/demo.git";

  private constructor(container: Container, annotations: string) {
    this.container = container;
    this.annotations = annotations;
  }

  static async start(origin: Origin): Promise<SeedPod> {
    const folder = await scratchFolder();
    const pod = await readPoolPod();
    const root = join(folder, "root");
    const [config, annotations] = [join(folder, "config"), join(folder, "annotations")];
    for (const path of [config, annotations]) await mkdir(path);
    await mkdir(join(root, "opt/sandboot/bin"), { recursive: true });
    await symlink("../runtime/cli.js", join(root, "opt/sandboot/bin/sandboot"));
    const { stage: _, ...written } = parse(await readFile(pod.configFile, "utf8"));
    const agent = { kind: "command", command: AGENT };
    await writeFile(join(config, "sandboot.jsonc"), JSON.stringify({ ...written, agent }));
    // git asks whose a repository is before it serves it.
    execFileSync("chown", ["-R", `${pod.user.uid}:${pod.user.gid}`, origin.path]);
    const container = await Container.start({
      folder,
      root,
      user: pod.user,
      cwd: "/workspace",
      command: ["tini", "--", "sandboot", "boot"],
      env: {
        ...pod.env,
        PATH: "/opt/sandboot/bin:/opt/node:/usr/local/bin:/usr/bin:/bin",
        SANDBOOT_ENROLMENT_TOKEN: digestOf(SeedPod.enrolmentToken),
        SANDBOOT_METRICS_TOKEN: digestOf(SeedPod.metricsToken),
        // By it the end of the test run finds what a test has left.
        TEST_FOLDER: folder,
      },
      shown: {
        ...base,
        "/opt/node/node": nodeUnderTest,
        "/opt/agent/node": process.execPath,
        "/opt/agent/http-agent.mjs": join(import.meta.dirname, "../fixtures/http-agent.mjs"),
        "/opt/sandboot/runtime": join(repository, "packages/runtime/dist"),
        [SeedPod.origin]: origin.path,
        [pod.config]: config,
        [pod.annotations]: annotations,
      },
      volumes: await makeEmptyDirs(folder, pod),
      ownNetwork: true,
    });
    onTestFinished(() => container.kill());
    return new SeedPod(container, annotations);
  }

  /** A request to one of the pod's ports, by an address that is not the one on which services listen for themselves. */
  async ask(port: number, path: string, { token, body }: PodRequest = {}): Promise<PodAnswer> {
    const headers = [
      ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
      ...(body === undefined ? [] : ["content-type: application/json"]),
    ];
    const curl = ["curl", "--silent", "--show-error", "--write-out", "\n%{http_code}"];
    const flags = headers.flatMap((header) => ["--header", header]);
    // By stdin, because a binding has secrets.
    const data = body === undefined ? [] : ["--data-binary", "@-"];
    const url = `http://127.0.0.2:${port}${path}`;
    const output = await this.container.exec([...curl, ...flags, ...data, url], {
      ...(body !== undefined && { input: JSON.stringify(body) }),
    });
    const end = output.lastIndexOf("\n");
    return { status: Number(output.slice(end + 1)), body: output.slice(0, end) };
  }

  /** Resolves when the pool may hand it out. */
  async ready(): Promise<void> {
    await expect.poll(() => this.isReady(), { interval: 200 }).toBe(true);
  }

  /** What kubelet's readiness probe would find; false also before the port is open. */
  async isReady(): Promise<boolean> {
    return this.ask(7690, "/readyz?seed").then(
      ({ status }) => status === 200,
      () => false,
    );
  }
}
