/** The status API's socket in a state folder, and where that folder is when no config says otherwise. Plain words, like modes.ts. */
export const SOCKET_NAME = "runtime.sock";
export const DEFAULT_STATE_DIR = ".sandboot/state";
