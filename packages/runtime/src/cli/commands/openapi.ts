import { RUNTIME_VERSION } from "../../base/version.ts";
import { openApiDocument } from "../../observe/status/openapi/document.ts";
import { routes } from "../../observe/status/routes/table.ts";
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
