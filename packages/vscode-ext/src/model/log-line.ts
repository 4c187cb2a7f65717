/** Guesses the level of a line. Most programs write a level near the beginning of the line. */
export function levelOf(line: string, stream: "stdout" | "stderr"): "error" | "warning" | "info" {
  const head = line.slice(0, 80);
  if (/\b(error|fatal|panic|exception)\b/i.test(head)) return "error";
  if (/\bwarn(ing)?\b/i.test(head)) return "warning";
  // Many programs log everything to stderr, so stderr alone does not make a warning.
  return stream === "stderr" && /^\s*(traceback|uncaught)/i.test(head) ? "error" : "info";
}
