// What this machine's apt knows.
import { run } from "./child.mjs";

/** Debian's own keys, where apt looks for them. */
export const DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The mirror this machine already uses: whoever set it up chose one that it can reach. */
export async function debianMirror() {
  const output = await run("apt-get", [
    "indextargets",
    "--format",
    "$(LABEL)|$(SIGNED_BY)|$(REPO_URI)",
    "Created-By: Packages",
  ]);
  const sources = output.split("\n").map((line) => line.split("|"));
  // The label is known only once the lists were fetched; the keyring is always.
  const mirror =
    sources.find(([label]) => label === "Debian") ??
    sources.find(([, keyring, uri]) => keyring === DEBIAN_KEYRING && !uri?.includes("security"));
  if (mirror?.[2] === undefined) throw new Error("apt has no Debian mirror in its sources");
  return mirror[2];
}
