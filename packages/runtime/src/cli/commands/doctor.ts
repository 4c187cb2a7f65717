import { createRedactor } from "../../base/redact.ts";
import { StopRequest, stopOnSignals } from "../../boot/stop.ts";
import { loadConfig } from "../../config/load.ts";
import { secretsOf } from "../../config/secrets.ts";
import type { CommandModule, DefineCommand } from "../command.ts";
import { checks } from "../doctor/checks/index.ts";
import { examine, isHealthy } from "../doctor/examine.ts";
import { renderDiagnoses } from "../doctor/view.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { print } from "../print.ts";

export const examples: CommandModule["examples"] = [
  ["sandboot doctor", "Looks at everything that a boot with this folder's configuration needs."],
  ["sandboot doctor --json | jq -e .healthy", "Lets a script decide."],
];

export const define: DefineCommand = (command, { ending }) => {
  command
    .option(
      "--config <file>",
      "The config file. Default: sandboot.jsonc or sandboot.json in this folder.",
    )
    .option("--json", "Prints the findings as JSON.")
    .action(
      ending(async (flags: { readonly config?: string; readonly json?: boolean }) => {
        const config = await loadConfig({
          file: flags.config,
          env: process.env,
          cwd: process.cwd(),
        });
        // A finding can show the command line of a port's holder, and a command line can contain secrets.
        const { redact } = createRedactor(config.env, secretsOf(config));
        const stop = new StopRequest();
        using _signals = stopOnSignals(stop, process);
        const diagnoses = redact(await examine(checks, { config, signal: stop.stop }));
        const healthy = isHealthy(diagnoses);
        await print(
          flags.json === true
            ? `${JSON.stringify({ healthy, checks: diagnoses }, null, 2)}\n`
            : renderDiagnoses(diagnoses, lookOf(process.stdout)),
        );
        return healthy ? exitCodes.ok : exitCodes.bootFailed;
      }),
    );
};
