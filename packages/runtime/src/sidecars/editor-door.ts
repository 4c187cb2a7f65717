import type { CodeServerConfig } from "../config/sidecar-schema.ts";
import { Door } from "./door.ts";
import { EditorLogin, editorLockOf } from "./editor-login.ts";
import type { Preparation } from "./sidecar.ts";

/**
 * Lets those who know the password reach a seed's code-server, at the port that the config gives to code-server.
 *
 * @param socketPath - Where code-server listens.
 * @throws Failed `port-in-use`.
 */
export async function openEditorDoor(
  { host, port }: CodeServerConfig,
  socketPath: string,
  { process, present, onPresent, defer }: Preparation,
): Promise<void> {
  const login = new EditorLogin({
    lock: () => editorLockOf(present()),
    port,
    nowMs: () => performance.now(),
  });
  const { admit, answers, withoutCredentials } = login;
  const door = new Door({
    host,
    port,
    portKey: "codeServer.port",
    admit,
    answers,
    withoutCredentials,
    process,
    upstream: { socketPath },
  });
  defer(() => door.close());
  await door.listen();
  onPresent(() => {
    login.renew();
    door.askAgain();
  });
}
