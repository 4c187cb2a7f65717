import type { LaunchOptions } from "playwright-core";

/** Debian's Chromium, quiet: it asks nothing of the internet. */
export const browserOptions: LaunchOptions = {
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};
