import { openApiDocument } from "../../status/openapi/document.ts";
import { routes } from "../../status/routes/table.ts";
import { RUNTIME_VERSION } from "../../version.ts";
import type { DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../print.ts";

export const define: DefineCommand = (command, { ending }) => {
  command.action(
    ending(async () => {
      await print(`${JSON.stringify(openApiDocument(routes, RUNTIME_VERSION), null, 2)}\n`);
      return exitCodes.ok;
    }),
  );
};
