import { createHmac } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { addAbortSignal } from "node:stream";
import { type Admission, isSame, UNAUTHORIZED } from "../base/bearer.ts";
import { randomBytes } from "../base/random.ts";
import { readBody } from "../base/request-body.ts";
import { answer } from "../bridge/answer.ts";
import type { Config } from "../config/config.ts";
import { cookieIn, fromSameOrigin, withoutCookie } from "./cookies.ts";
import type { LoginPage } from "./login-page.ts";
import { WrongTries } from "./wrong-tries.ts";

/** Who may use the editor. */
export type EditorLock =
  | { readonly id: "password"; readonly password: string }
  /** Everybody who reaches the port, which is on loopback. */
  | { readonly id: "open" }
  /** Nobody: a seed has no tenant yet. */
  | { readonly id: "shut" };

export interface EditorLoginOptions {
  /** Asked for at every request: a binding may bring another password. */
  readonly lock: () => EditorLock;
  readonly port: number;
  /** Milliseconds, monotonic. */
  readonly nowMs: () => number;
}

const LOGIN = "/login";

/** Orchestrators ask here without a login, as they may ask code-server. */
const HEALTH = "/healthz";

const PAGE_HEADERS = new Map([
  ["content-type", "text/html; charset=utf-8"],
  ["cache-control", "no-store"],
  ["content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"],
  ["referrer-policy", "no-referrer"],
]);

const MAX_FORM_BYTES = 8 * 1024;
const FORM_MS = 10_000;

/** Who may use the editor, as a configuration says. */
export function editorLockOf({ codeServer, bound }: Config): EditorLock {
  const password = codeServer?.password;
  if (password !== undefined) return { id: "password", password };
  return { id: bound === null ? "shut" : "open" };
}

/**
 * The login of a seed's editor, at the paths of code-server's own. Who sends the password gets a cookie. It is good for as
 * long as this runtime lives and the password stays the same; the password cannot be computed from it.
 */
export class EditorLogin {
  readonly #options: EditorLoginOptions;
  readonly #cookie: string;
  #key = randomBytes(32);
  readonly #tries: WrongTries;

  constructor(options: EditorLoginOptions) {
    this.#options = options;
    // Cookies are shared between all ports of a machine, so each editor has its own cookie name.
    this.#cookie = `sandboot-editor-${options.port}`;
    this.#tries = new WrongTries(options.nowMs);
  }

  /** Admits those who have logged in. Sends browsers to the login. */
  readonly admit: Admission = ({ headers, url, method }) => {
    // As it was sent: the editor resolves no dots in a path, and finds something else there.
    if (url?.split("?", 1)[0] === HEALTH && headers.upgrade === undefined) return null;
    const asked = placeIn(url);
    const lock = this.#options.lock();
    if (lock.id === "open") return null;
    if (this.#hasCookie(headers, lock)) return fromSameOrigin(headers);
    const isPage = method === "GET" && headers.accept?.includes("text/html") === true;
    if (asked === null || !isPage) return UNAUTHORIZED;
    // A relative address, because a proxy in front may have removed the beginning of the path.
    const up = "../".repeat(asked.pathname.split("/").length - 2) || "./";
    const to = encodeURIComponent(`${asked.pathname}${asked.search}`);
    return {
      status: 302,
      headers: { location: `${up}login?to=${to}`, "cache-control": "no-store" },
    };
  };

  /** Answers requests for the login itself. @returns whether it was one. */
  readonly answers = (incoming: IncomingMessage, outgoing: ServerResponse): boolean => {
    const asked = placeIn(incoming.url);
    if (asked?.pathname !== LOGIN) return false;
    const to = asked.searchParams.get("to") ?? "/";
    this.#answer(incoming, outgoing, to).catch(() => outgoing.destroy());
    return true;
  };

  /** From now on the cookies of before are another's: the clones of a snapshot begin with the same key. */
  renew(): void {
    this.#key = randomBytes(32);
  }

  /** The cookie is for the door. Programs behind the editor do not see it. */
  readonly withoutCredentials = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
    withoutCookie(headers, this.#cookie);

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse, to: string): Promise<void> {
    const lock = this.#options.lock();
    if (lock.id === "open" || this.#hasCookie(incoming.headers, lock)) enter(outgoing, to);
    else if (lock.id === "shut") await sendPage(outgoing, 503, { to, problem: "unclaimed" });
    else if (incoming.method === "POST") {
      await this.#try(incoming, outgoing, { to, password: lock.password });
    } else await sendPage(outgoing, 200, { to, problem: null });
  }

  async #try(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    { to, password }: { readonly to: string; readonly password: string },
  ): Promise<void> {
    const form = await formIn(incoming);
    if (form === null) {
      answer(outgoing, { code: "too-long", maxBytes: MAX_FORM_BYTES });
      return;
    }
    const given = form.get("password") ?? "";
    const waitMs = this.#tries.waitMs();
    if (waitMs > 0) {
      outgoing.setHeader("retry-after", Math.ceil(waitMs / 1_000));
      await sendPage(outgoing, 429, { to, problem: "too-many-tries" });
    } else if (isSame(given, password)) {
      const ticket = this.#ticketFor(password);
      // `Lax`: a link to the editor, on a page of the platform, leads to the editor and not to the login. Without `Path` it
      // is sent to the folder of the login only: below another one on the same host there may be another sandbox's editor.
      outgoing.setHeader("set-cookie", `${this.#cookie}=${ticket}; HttpOnly; SameSite=Lax`);
      enter(outgoing, to);
    } else {
      this.#tries.note();
      await sendPage(outgoing, 401, { to, problem: "wrong-password" });
    }
  }

  #hasCookie(headers: IncomingHttpHeaders, lock: EditorLock): boolean {
    if (lock.id !== "password") return false;
    return isSame(cookieIn(headers, this.#cookie), this.#ticketFor(lock.password));
  }

  #ticketFor(password: string): string {
    return createHmac("sha256", this.#key).update(password).digest("hex");
  }
}

function placeIn(url = "/"): URL | null {
  return URL.parse(url, "http://editor");
}

/** Leads to a place behind the door, and never to another host: the address is relative. */
function enter(outgoing: ServerResponse, to: string): void {
  const place = placeIn(to);
  const location = place === null ? "./" : `.${place.pathname}${place.search}`;
  outgoing.statusCode = 302;
  outgoing.setHeaders(new Map(Object.entries({ location, "cache-control": "no-store" })));
  outgoing.end();
}

async function sendPage(
  outgoing: ServerResponse,
  status: number,
  content: LoginPage,
): Promise<void> {
  const { loginPage } = await import("./login-page.ts");
  outgoing.statusCode = status;
  outgoing.setHeaders(PAGE_HEADERS);
  outgoing.end(loginPage(content));
}

/**
 * @returns null when the form is too long.
 * @throws Error when it does not come in time.
 */
async function formIn(incoming: IncomingMessage): Promise<URLSearchParams | null> {
  const text = await readBody(
    addAbortSignal(AbortSignal.timeout(FORM_MS), incoming),
    MAX_FORM_BYTES,
  );
  return text === null ? null : new URLSearchParams(text);
}
