/** A part of a package's sources: what it is for, and what it may import. */
export interface Room {
  readonly purpose: string;
  /** Files directly in `src` that belong to the room. Else the room is the folder of its name. */
  readonly files?: readonly string[];
  /** Rooms of the same package. A room inside another one is listed by itself. */
  readonly rooms: readonly string[];
  /** Packages: ours by their public entries, and those of others. Node's own modules need no mention. */
  readonly packages?: readonly string[];
  /** It imports types from other rooms and loads nothing of them. */
  readonly typesOnly?: boolean;
  /** Only this room, and the rooms inside it, may import it. */
  readonly onlyFor?: string;
}

/** Rooms by name, of each package; `src` of a package holds nothing else. A file is in the innermost room that it fits. */
export const house: Readonly<Record<string, Readonly<Record<string, Room>>>> = {
  stager: {
    ground: {
      purpose: "words and errors that every room of the stager shares",
      files: [
        "build-error.ts",
        "cancel.ts",
        "descriptors.ts",
        "held-folder.ts",
        "manifest.ts",
        "small-file.ts",
        "stage-id.ts",
        "task.ts",
        "version.ts",
      ],
      rooms: [],
    },
    tree: {
      purpose: "walks, hashes, makes and removes folders",
      rooms: ["ground"],
    },
    strategies: {
      purpose: "ways to put a file in place: link, reflink, copy; one per file",
      rooms: ["ground", "tree"],
    },
    lock: {
      purpose: "one installer or builder per folder",
      files: ["lock.ts"],
      rooms: ["ground", "tree"],
    },
    pool: {
      purpose: "worker threads, and errors that cross them",
      files: ["pool.ts", "task-outcome.ts", "thread-priority.ts"],
      rooms: ["ground", "tree"],
      packages: ["piscina"],
    },
    read: {
      purpose: "fingerprints of files, and reading them ahead",
      rooms: ["ground", "pool", "tree"],
    },
    install: {
      purpose: "puts a stage in place, all or nothing",
      rooms: ["ground", "lock", "pool", "strategies", "tree"],
    },
    assemble: {
      purpose: "merges the agent's config folders of several repositories",
      rooms: ["ground", "lock", "pool", "tree"],
    },
    verify: {
      purpose: "compares a stage with what was built",
      rooms: ["ground", "install", "pool", "tree"],
    },
    catalogue: {
      purpose: "which providers a catalogue of models holds, and what asks for a provider",
      rooms: ["ground"],
    },
    plan: {
      purpose: "reads stage.plan.json",
      rooms: ["ground"],
      packages: ["zod"],
    },
    build: {
      purpose: "makes a stage from a plan",
      rooms: ["catalogue", "ground", "lock", "plan", "pool", "strategies", "tree"],
      packages: ["execa", "jsonc-parser", "picomatch", "tinyglobby"],
    },
    worker: {
      purpose: "the functions that worker threads run",
      files: ["worker.ts"],
      rooms: ["assemble", "install", "pool", "read", "strategies", "tree", "verify"],
    },
    cli: {
      purpose: "`sandboot-stage`, one command per file",
      rooms: ["build", "ground", "install", "pool", "verify"],
      packages: ["commander"],
    },
    entry: {
      purpose: "what other packages import",
      files: ["index.ts"],
      rooms: [
        "assemble",
        "build",
        "catalogue",
        "ground",
        "install",
        "lock",
        "pool",
        "read",
        "tree",
        "verify",
      ],
    },
  },
  runtime: {
    protocol: {
      purpose: "shapes of state, events and report, and the fold from events to state",
      rooms: ["protocol/derive"],
      packages: ["zod"],
    },
    "protocol/derive": {
      purpose: "what follows from a state or a report, once for every surface",
      rooms: ["protocol"],
      typesOnly: true,
    },
    "protocol/client": {
      purpose: "talks to a runtime over its status API",
      rooms: ["protocol"],
    },
    base: {
      purpose: "failures, clocks, timers, redaction: what every room needs",
      rooms: ["protocol"],
      packages: ["@sandboot/stager/make-folder", "@sandboot/stager/small-file"],
    },
    platforms: {
      purpose: "what differs by the system that starts the sandbox; one folder each",
      rooms: ["base", "protocol"],
    },
    config: {
      purpose: "the config file, overridden by the environment, overridden by flags",
      rooms: ["base", "platforms", "protocol"],
      packages: ["jsonc-parser", "zod"],
    },
    process: {
      purpose: "runs programs and ends them",
      rooms: ["base"],
    },
    "process/readiness": {
      purpose: "when a process is ready; one probe per file",
      rooms: ["base", "config", "process", "protocol/derive"],
    },
    "process/supervise": {
      purpose: "restarts processes, within their budgets",
      rooms: ["base", "config", "process", "process/readiness", "protocol"],
    },
    "observe/events": {
      purpose: "the bus that every event passes",
      rooms: ["base", "protocol"],
    },
    "observe/status": {
      purpose: "the status API",
      rooms: [
        "base",
        "observe/events",
        "process",
        "process/supervise",
        "protocol",
        "protocol/derive",
      ],
      packages: ["prom-client", "zod"],
    },
    "observe/control-plane": {
      purpose: "posts to the control plane",
      rooms: ["base", "config", "observe/events", "protocol", "protocol/client", "protocol/derive"],
    },
    "observe/telemetry": {
      purpose: "traces for OpenTelemetry",
      rooms: ["base", "protocol"],
      packages: [
        "@opentelemetry/api",
        "@opentelemetry/exporter-trace-otlp-http",
        "@opentelemetry/exporter-trace-otlp-proto",
        "@opentelemetry/resources",
        "@opentelemetry/sdk-trace",
      ],
    },
    "workspace/git": {
      purpose: "brings repositories up to date",
      rooms: ["base", "config", "process", "protocol"],
    },
    "workspace/credentials": {
      purpose: "gets the passwords of git's remotes, and keeps them until they expire",
      rooms: ["base", "config", "process", "protocol", "workspace/git"],
    },
    "workspace/hooks": {
      purpose: "runs the repositories' scripts",
      rooms: ["base", "config", "process"],
    },
    "acp-server": {
      purpose:
        "the program between the bridge and an agent that speaks ACP on its standard streams",
      rooms: ["base", "bridge", "process"],
      packages: [
        "@agentclientprotocol/sdk",
        "@agentclientprotocol/sdk/experimental/node",
        "@agentclientprotocol/sdk/experimental/server",
        "ws",
      ],
    },
    agents: {
      purpose:
        "one coding agent per file; dependencies/ are the packages of OpenCode's config folders, acp/ is what agents with ACP have in common",
      rooms: [
        "acp-server",
        "base",
        "config",
        "observe/events",
        "process",
        "process/readiness",
        "protocol",
        "workspace/git",
      ],
      packages: ["@sandboot/stager", "@sandboot/stager/held-folder", "zod"],
    },
    bridge: {
      purpose: "the way in for prompts",
      rooms: ["base"],
    },
    sidecars: {
      purpose: "one sidecar per file",
      rooms: ["base", "bridge", "config", "process", "process/readiness", "process/supervise"],
      packages: ["jsonc-parser", "yauzl"],
    },
    "boot/graph": {
      purpose: "plans and runs phases; knows none of them",
      rooms: ["base", "protocol"],
      onlyFor: "boot",
    },
    "boot/phases": {
      purpose: "one phase per file",
      rooms: [
        "agents",
        "base",
        "boot/graph",
        "config",
        "observe/telemetry",
        "process",
        "process/supervise",
        "protocol",
        "sidecars",
        "workspace/git",
        "workspace/hooks",
      ],
      packages: ["@sandboot/stager"],
    },
    "boot/adopt": {
      purpose: "gives a seed its repositories",
      rooms: [
        "base",
        "boot/graph",
        "boot/phases",
        "config",
        "observe/events",
        "observe/status",
        "process",
        "protocol",
        "workspace/git",
      ],
    },
    "boot/recovery": {
      purpose: "keeps a boot that failed, and tries it again",
      rooms: ["base", "boot/graph", "boot/phases", "observe/events", "protocol"],
    },
    boot: {
      purpose: "puts one boot together and runs it",
      rooms: [
        "agents",
        "base",
        "boot/adopt",
        "boot/graph",
        "boot/phases",
        "boot/recovery",
        "bridge",
        "config",
        "observe/control-plane",
        "observe/events",
        "observe/status",
        "observe/telemetry",
        "platforms",
        "process",
        "process/readiness",
        "process/supervise",
        "protocol",
        "report",
        "report/history",
        "sidecars",
        "workspace/credentials",
      ],
      packages: ["@sandboot/stager"],
    },
    report: {
      purpose: "a boot as text for the terminal",
      rooms: ["base", "protocol", "protocol/derive"],
      packages: ["picocolors"],
    },
    "report/html": {
      purpose: "a boot as one page",
      rooms: ["protocol", "protocol/derive", "report"],
    },
    "report/history": {
      purpose: "the boots on record",
      rooms: ["base", "protocol", "protocol/derive", "report"],
    },
    "cli/terminal": {
      purpose: "what people see while a sandbox runs",
      rooms: ["base", "observe/events", "protocol", "protocol/derive", "report"],
      packages: ["pino"],
    },
    "cli/doctor": {
      purpose: "whether a boot can work here; one check per file",
      rooms: ["base", "config", "process", "report", "sidecars"],
      packages: ["@sandboot/stager"],
    },
    "cli/commands": {
      purpose: "one command per file",
      rooms: [
        "base",
        "boot",
        "boot/phases",
        "cli",
        "cli/doctor",
        "cli/terminal",
        "config",
        "observe/status",
        "observe/telemetry",
        "protocol",
        "protocol/client",
        "protocol/derive",
        "report",
        "report/html",
        "sidecars",
      ],
      packages: ["@sandboot/stager", "commander"],
    },
    cli: {
      purpose: "the command line: reads arguments, wires a boot, sets exit codes",
      rooms: [
        "base",
        "boot",
        "cli/commands",
        "cli/terminal",
        "config",
        "observe/events",
        "observe/telemetry",
        "protocol",
        "protocol/client",
        "protocol/derive",
        "report",
        "report/history",
      ],
      packages: ["@sandboot/stager/pool", "commander"],
    },
  },
  "vscode-ext": {
    store: {
      purpose: "events in, one snapshot out; without vscode",
      rooms: [],
      packages: ["@sandboot/runtime/protocol"],
    },
    messages: {
      purpose: "what the extension and its page tell each other",
      files: ["model/waterfall-messages.ts"],
      rooms: [],
      packages: ["@sandboot/runtime/protocol"],
    },
    model: {
      purpose: "views as functions of the snapshot; without vscode",
      rooms: ["messages", "store"],
      packages: ["@sandboot/runtime/protocol"],
    },
    host: {
      purpose: "connection, settings, memory, /proc: the world outside",
      rooms: ["model", "store"],
      packages: ["@sandboot/runtime/protocol", "@sandboot/runtime/protocol/client", "vscode"],
    },
    views: {
      purpose: "shows models in the editor",
      rooms: ["host", "messages", "model", "store"],
      packages: ["@sandboot/runtime/protocol", "@sandboot/runtime/protocol/client", "vscode"],
    },
    webview: {
      purpose: "draws the waterfall in its page",
      rooms: ["messages"],
      packages: ["@sandboot/runtime/protocol"],
    },
    entry: {
      purpose: "puts the panel together",
      files: ["extension.ts"],
      rooms: ["host", "store", "views"],
      packages: ["@sandboot/runtime/protocol/client", "vscode"],
    },
  },
};
