import { type Browser, chromium } from "playwright-core";

/** Debian's Chromium, quiet: it asks nothing of the internet. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
}
