import { uninstallStage } from "../../install/install.ts";
import { type DefineCommand, path } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const defineUninstall: DefineCommand = (program, { signal, withPool, ending }) => {
  program
    .command("uninstall")
    .argument("<target>", "where an install put it", path)
    .description("take away what an install put there, and nothing else")
    .action(
      ending(async (targetDir: string) => {
        await withPool((pool) => uninstallStage({ pool, targetDir, signal }));
        return EXIT.ok;
      }),
    );
};
