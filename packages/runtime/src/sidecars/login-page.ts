/** Why somebody who asked is not let in. */
type LoginProblem = "wrong-password" | "too-many-tries" | "unclaimed";

const TEXTS: Readonly<Record<LoginProblem, string>> = {
  "wrong-password": "That is not the password.",
  "too-many-tries": "There were too many wrong tries. Wait a minute, then try again.",
  unclaimed: "Nobody has claimed this sandbox yet. The password comes with the claim.",
};

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { display: grid; place-items: center; min-height: 90vh; margin: 0; }
  main { width: min(20rem, 90vw); }
  h1 { font-size: 1.25rem; }
  input, button { box-sizing: border-box; width: 100%; margin-top: .5rem; padding: .5rem; font: inherit; }
`;

export interface LoginPage {
  /** Where the browser goes when it is let in: path and query. */
  readonly to: string;
  readonly problem: LoginProblem | null;
}

/** The page that asks for the password. It loads nothing, and runs no script. */
export function loginPage({ to, problem }: LoginPage): string {
  const message = problem === null ? "" : `<p role="alert">${TEXTS[problem]}</p>`;
  const form = `<form method="post" action="login?to=${encodeURIComponent(to)}">
    <label for="password">Password</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
    <button>Log in</button>
  </form>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Editor: log in</title>
<style>${STYLE}</style>
<main>
  <h1>Editor</h1>
  ${message}
  ${problem === "unclaimed" ? "" : form}
</main>
</html>
`;
}
