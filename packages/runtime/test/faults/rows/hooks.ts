import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { fatal, type Row, ready, startSh } from "../row.ts";

const limited = () => ({ hooks: { startSeconds: 1 } });

/** What a repository's setup.sh and start.sh do wrong. */
export const hookRows: readonly Row[] = [
  {
    fault: "a start.sh that prints a secret",
    files: startSh('echo "$FAULT_API_TOKEN"; env >&2'),
    end: ready(),
  },
  {
    fault: "a start.sh that fails",
    files: startSh("echo no such database >&2", "exit 3"),
    end: fatal("hook-failed", /no such database/),
  },
  {
    fault: "a start.sh that is ended by a signal",
    isLong: true,
    files: startSh("kill -SEGV $$"),
    end: fatal("hook-failed", /SIGSEGV/),
  },
  {
    fault: "a setup.sh that fails",
    files: { ".openinspect/setup.sh": "exit 4\n" },
    end: fatal("hook-failed", /setup\.sh/),
  },
  {
    fault: "a start.sh that does not end",
    files: startSh("exec sleep 1000"),
    config: limited,
    end: fatal("hook-timeout"),
  },
  {
    fault: "a start.sh that does not end and ignores SIGTERM, with all that it started",
    files: startSh("trap '' TERM", "sleep 1000 & setsid sleep 1000 &", "wait"),
    config: limited,
    end: fatal("hook-timeout"),
  },
  {
    fault: "a start.sh that prints for ever",
    files: startSh("exec yes"),
    config: limited,
    end: fatal("hook-timeout"),
  },
  {
    fault: "a start.sh that prints 400,000 lines",
    isLong: true,
    files: startSh("seq 400000"),
    end: ready(),
  },
  {
    fault: "a start.sh that prints one line of 20 MB",
    isLong: true,
    files: startSh("head -c 20000000 /dev/zero | tr '\\0' x"),
    end: ready(),
  },
  {
    fault: "a start.sh that prints no text",
    files: startSh(
      "head -c 300000 /dev/urandom",
      "printf '\\033]0;title\\007\\xff\\xfe\\0\\n'",
      // Each character may begin something that never ends.
      "for part in '\\033]' '\\302\\220' 'a.'; do printf '://'; printf \"$part%.0s\" {1..30000}; echo; done",
    ),
    end: ready(),
  },
  {
    fault: "a start.sh that closes its output",
    isLong: true,
    files: startSh("exec >&- 2>&-", "exit 0"),
    end: ready(),
  },
  {
    fault: "a start.sh that leaves a daemon of its own session",
    files: startSh("setsid sleep 1000 </dev/null >/dev/null 2>&1 &"),
    end: ready(),
  },
  {
    fault: "a start.sh that leaves a daemon without environment, which holds its output",
    files: startSh("env -i setsid sleep 1000 &"),
    end: ready(),
  },
  {
    fault: "a start.sh that leaves a hundred processes",
    isLong: true,
    files: startSh("for i in $(seq 100); do sleep 1000 & done"),
    end: ready(),
  },
  {
    fault: "a start.sh that leaves a daemon of another user",
    files: startSh("setsid setpriv --reuid 65534 --clear-groups sleep 1000 >/dev/null 2>&1 &"),
    end: ready(),
  },
  {
    fault: "a start.sh that is a folder",
    isLong: true,
    files: { ".openinspect/start.sh/inner": "no script\n" },
    end: fatal("hook-failed"),
  },
  {
    fault: "a start.sh for an interpreter that is not there",
    files: { ".openinspect/start.sh": { text: "#!/no/such/shell\n", mode: 0o755 } },
    end: fatal("hook-failed", /No such file/),
  },
  {
    fault: "a start.sh with a syntax error",
    isLong: true,
    files: startSh("if then fi"),
    end: fatal("hook-failed", /syntax error/),
  },
  {
    fault: "a start.sh that is no text",
    isLong: true,
    files: { ".openinspect/start.sh": { text: "\u007fELF\u0000\u0001", mode: 0o755 } },
    end: fatal("hook-failed"),
  },
  {
    fault: "a start.sh that kills its own process group",
    isLong: true,
    files: startSh("kill -KILL 0"),
    end: fatal("hook-failed", /SIGKILL/),
  },
  {
    fault: "a start.sh that removes the checkout",
    files: startSh('rm -rf "$PWD"'),
    end: fatal("not-started"),
  },
  {
    fault:
      "a start.sh that removes the state folder's socket and event log, and puts a folder in place of its mark",
    files: startSh(
      'cd "$(dirname "$SANDBOOT_SOCKET")"',
      "rm -f runtime.sock events.jsonl runtime.mark",
      "mkdir -p runtime.mark/inner",
    ),
    end: ready(),
  },
  {
    fault: "a start.sh that stops the sandbox's own processes with SIGSTOP for a moment",
    isLong: true,
    files: startSh("kill -STOP $PPID", "kill -CONT $PPID"),
    end: ready(),
  },
  {
    fault: "a start.sh that asks for a shutdown",
    files: startSh(
      'curl -s --unix-socket "$SANDBOOT_SOCKET" -X POST http://x/v1/shutdown -d "{}"',
      "exec sleep 1000",
    ),
    end: { id: "interrupted", exitCode: 143 },
  },
  {
    fault: "a start.sh that nobody may read",
    files: startSh("exit 0"),
    checkout: true,
    // Root may read everything.
    under: ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"],
    before: ({ checkout }) => chmod(join(checkout, ".openinspect/start.sh"), 0o000),
    end: fatal("hook-failed", /cannot be read/),
  },
];
