import { resolve } from "node:path";
import { Option } from "commander";
import { formatDuration } from "../../protocol/derive/format.ts";
import type { BindingDocument } from "../../protocol/index.ts";
import { badFlag, readBindingFile } from "../binding-file.ts";
import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../print.ts";
import { addRuntimeFlags, type RuntimeFlags, withRuntime } from "../runtime.ts";

interface Flags extends RuntimeFlags {
  readonly repo?: string;
  readonly branch?: string;
  readonly name?: string;
  readonly binding?: string;
  readonly request?: string;
  readonly json?: boolean;
}

export const examples: CommandModule["examples"] = [
  [
    "sandboot adopt --repo https://github.com/acme/shop.git --branch main",
    "Gives a seed one repository.",
  ],
  [
    "sandboot adopt --binding - < binding.json",
    "Gives a seed all that is a tenant's, without a secret on a command line.",
  ],
];

export const define: DefineCommand = (command, { ending }) => {
  addRuntimeFlags(command)
    .option("--repo <url>", "The URL to clone. Default: the repositories of the seed's config.")
    .option("--branch <branch>", "The branch of --repo. Default: the remote's default branch.")
    .option("--name <name>", "The name of --repo. Default: the last part of the URL.")
    .option(
      "--binding <file>",
      "A file with the whole binding as JSON. - is stdin, the safest place for credentials.",
    )
    .addOption(new Option("--request <file>", "The earlier name of --binding.").hideHelp())
    .option("--json", "Prints the answer as JSON.")
    .action(
      ending(async (flags: Flags) => {
        const request = await requestOf(flags);
        return await withRuntime(flags, async (client) => {
          const adopted = await client.adopt(request);
          const { durationMs, urls } = adopted;
          const lines = Object.entries(urls).map(([name, url]) => `  ${name}  ${url}`);
          const words = [`adopted in ${formatDuration(durationMs)}`, ...lines].join("\n");
          await print(`${flags.json === true ? JSON.stringify(adopted) : words}\n`);
          return exitCodes.ok;
        });
      }),
    );
};

async function requestOf(flags: Flags): Promise<BindingDocument> {
  const { repo, branch, name, binding, request = binding } = flags;
  if (request !== undefined) {
    const extra = Object.entries({ repo, branch, name }).find(([, value]) => value !== undefined);
    if (extra !== undefined)
      throw badFlag(`--${extra[0]}`, "no such flag together with --binding", "a value");
    return await readBindingFile(request);
  }
  if (repo === undefined) {
    if (branch !== undefined) throw badFlag("--branch", "--repo with it", "no --repo");
    return {};
  }
  // The runtime has another working folder than this command, so a path must be absolute.
  const url = /^\.{0,2}\//.test(repo) ? resolve(repo) : repo;
  return {
    repositories: [
      { url, ...(branch !== undefined && { branch }), ...(name !== undefined && { name }) },
    ],
  };
}
