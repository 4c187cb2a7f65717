import * as z from "zod";

/** `POST /v1/git/credential`: what a git asks its credential helper. */
export const gitCredentialRequestSchema = z.object({
  action: z.enum(["get", "erase"]).describe("erase: the remote did not take the password."),
  protocol: z.string(),
  host: z.string().describe("With a port where the URL has one."),
  username: z.string().optional(),
  password: z.string().optional().describe("For erase: which one was not taken. Default: any."),
});
export type GitCredentialRequest = z.infer<typeof gitCredentialRequestSchema>;

export const gitCredentialAnswerSchema = z.object({
  credential: z
    .object({
      username: z.string(),
      password: z.string(),
      expiresAt: z.iso.datetime().nullable().describe("null: nobody has said when."),
    })
    .nullable(),
  reason: z.string().optional().describe("Why there is none for this request."),
});
export type GitCredentialAnswer = z.infer<typeof gitCredentialAnswerSchema>;
