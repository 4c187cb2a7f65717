import type { PlatformRepository } from "../platform.ts";

/** A repository as the rest of the system names it. */
export interface Identity {
  readonly owner: string;
  readonly name: string;
}

/** `https://github.com/acme/group/web.git` is `web` of `acme/group`. */
export function identityOf({ url, name }: Pick<PlatformRepository, "url" | "name">): Identity {
  const path = URL.parse(url)?.pathname ?? url;
  const parts = path
    .replace(/\.git\/*$/, "")
    .split("/")
    .filter((part) => part !== "");
  const own = parts.pop() ?? name;
  return { owner: parts.join("/"), name: own };
}
