import * as z from "zod";
import {
  credentialHostSchema,
  DEFAULT_SECONDS,
  DEFAULT_USERNAME,
} from "../protocol/credential-source.ts";
import { command, httpUrl, seconds } from "./fields.ts";

const credentialSchema = z.strictObject({
  host: credentialHostSchema.describe(
    "The only host that gets it, over https. With its port, when the URLs name one: git.example.org:8443.",
  ),
  username: z
    .string()
    .regex(/^[^\p{Cc}]+$/u, "a name without control characters")
    .default(DEFAULT_USERNAME)
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
  seconds: seconds.default(DEFAULT_SECONDS).describe("How long url or command may take."),
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
