import * as z from "zod";
import { command, httpUrl, seconds } from "./fields.ts";

/** As git names it to a credential helper, so that it can be compared letter by letter. */
const credentialHost = z
  .string()
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?$/,
    "a host in lower case, with a port where the URLs have one",
  );

const credentialSchema = z.strictObject({
  host: credentialHost.describe(
    "The only host that gets it, over https. With its port, when the URLs name one: git.example.org:8443.",
  ),
  username: z
    .string()
    .regex(/^[^\p{Cc}]+$/u, "a name without control characters")
    .default("x-access-token")
    .describe("Where the source names no user."),
  from: z
    .strictObject({
      url: httpUrl.optional().describe("Gets a POST, and answers with JSON."),
      token: z.string().min(1).optional().describe("For a url: its bearer token."),
      file: z.string().optional().describe("A file that somebody keeps up to date."),
      command: command
        .optional()
        .describe("Gets git's question on stdin, and prints the answer, as git's helpers do."),
      password: z.string().min(1).optional().describe("The password or token itself."),
    })
    .describe("One of url, file, command and password. {env:NAME} stands for a variable."),
  seconds: seconds.default(15).describe("How long url or command may take."),
});
export type CredentialConfig = z.infer<typeof credentialSchema>;

export const gitSchema = z.strictObject({
  stepSeconds: seconds.default(120),
  depth: z
    .int()
    .positive()
    .optional()
    .describe("How many commits of a repository without a depth of its own. Default: all."),
  credentials: z
    .array(credentialSchema)
    .default([])
    .describe(
      "Where git and gh get passwords for their remotes, whoever runs them in the sandbox.",
    ),
});
