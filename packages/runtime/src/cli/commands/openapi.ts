import { RUNTIME_VERSION } from "../../base/version.ts";
import { openApiDocument } from "../../observe/status/openapi/document.ts";
import { routes } from "../../observe/status/routes/table.ts";
import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../print.ts";

export const examples: CommandModule["examples"] = [
  ["sandboot openapi > openapi.json", "Writes the API's description to a file."],
  ["sandboot openapi | jq '.paths | keys'", "Lists the paths."],
];

export const define: DefineCommand = (command, { ending }) => {
  command.action(
    ending(async () => {
      await print(`${JSON.stringify(openApiDocument(routes, RUNTIME_VERSION), null, 2)}\n`);
      return exitCodes.ok;
    }),
  );
};
