import { createHmac } from "node:crypto";
import { isSame } from "./bearer.ts";

/**
 * Whether a text is a JSON Web Token that is signed with this secret (HS256) and has not expired. One without an expiry is
 * refused, whoever has signed it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7519#section-7.2
 */
export function isSignedToken(token: string, secret: string, nowSeconds: number): boolean {
  const [header = "", payload = "", signature = "", ...more] = token.split(".");
  if (signature === "" || more.length > 0) return false;
  const expected = createHmac("sha256", secret).update(`${header}.${payload}`).digest("base64url");
  if (!isSame(signature, expected)) return false;
  const { exp } = claimsIn(payload);
  return claimsIn(header)["alg"] === "HS256" && typeof exp === "number" && exp > nowSeconds;
}

function claimsIn(part: string): { readonly [name: string]: unknown } {
  try {
    const claims: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof claims === "object" && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}
