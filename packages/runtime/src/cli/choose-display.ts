import { badInput, describeValue } from "../config/errors.ts";
import type { EventBus } from "../observe/events/bus.ts";
import type { Display, DisplayOptions } from "./display.ts";
import { LOG_LEVELS } from "./terminal/log-level.ts";
import { PROGRESS_STYLES } from "./terminal/progress-style.ts";

/**
 * Chooses how a boot is shown. A terminal gets live phases, then a waterfall, then news. A pipe gets lines of a log. With
 * `--json` both get the events themselves. A failure is also explained on stderr.
 *
 * @throws Failed `bad-input` for a log level or a kind of progress that does not exist.
 */
export function chooseDisplay(env: NodeJS.ProcessEnv): (options: DisplayOptions) => Display {
  const level = oneOf(LOG_LEVELS, "SANDBOOT_LOG_LEVEL", env) ?? "info";
  // A dumb terminal cannot move its cursor.
  const style =
    oneOf(PROGRESS_STYLES, "SANDBOOT_PROGRESS", env) ?? (env["TERM"] === "dumb" ? "lines" : "live");
  return (options) => {
    const load = async (): Promise<Display> => {
      if (options.json) return (await import("./displays/programs.ts")).showToPrograms(options);
      if (!process.stdout.isTTY)
        return (await import("./displays/log.ts")).showInLog(options, level);
      return (await import("./displays/people.ts")).showToPeople(options, style);
    };
    const loaded = onceSpawned(options.bus, load);
    // A program gets each event when it happens.
    if (options.json) void loaded();
    return {
      booted: async (report, next) => (await loaded()).booted(report, next),
      recorded: async (report, path) => (await loaded()).recorded(report, path),
      ended: async () => (await loaded()).ended(),
    };
  };
}

/** The value of a variable; undefined when it is not set. */
function oneOf<Word extends string>(
  words: readonly Word[],
  key: string,
  { [key]: found }: NodeJS.ProcessEnv,
): Word | undefined {
  const word = words.find((known) => known === found);
  if (word !== undefined || found === undefined) return word;
  const expected = `one of ${words.join(", ")}`;
  throw badInput({ source: "environment", key, expected, found: describeValue(found) });
}

/** When a display is loaded at the latest, in a boot that spawns the agent late or never. */
const LATEST_MS = 400;

/**
 * Loads a display when the agent has been spawned, or after a moment: the agent's start should not wait for it.
 *
 * @returns The call that loads it at once, unless it is loaded, and returns it.
 */
function onceSpawned(bus: EventBus, load: () => Promise<Display>): () => Promise<Display> {
  let loading: Promise<Display> | undefined;
  const loaded = () => {
    clearTimeout(timer);
    unsubscribe();
    loading ??= load();
    return loading;
  };
  const timer = setTimeout(loaded, LATEST_MS);
  timer.unref();
  const unsubscribe = bus.subscribe((event) => {
    if (event.type === "phase.ended" && event.id === "agent.spawn") void loaded();
  });
  return loaded;
}
