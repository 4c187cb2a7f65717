import * as z from "zod";

/** Names one of several agents: its door, its process and its phases. */
export const agentIdSchema = z
  .string()
  .regex(
    /^(?!(?:binding|decoy|workspace)$)[a-z0-9][a-z0-9-]{0,39}$/,
    "at most 40 small letters, digits and dashes, and none of binding, decoy, workspace",
  );
