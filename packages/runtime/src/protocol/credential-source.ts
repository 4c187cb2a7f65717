import * as z from "zod";

/** The user of a password whose source names none: forges take any with a token. */
export const DEFAULT_USERNAME = "x-access-token";

/** How long a source of passwords may take. */
export const DEFAULT_SECONDS = 15;

/** A host as git names it to a credential helper, so that it can be compared letter by letter. */
export const credentialHostSchema = z
  .string()
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?$/,
    "a host in lower case, with a port where the URLs have one",
  );
