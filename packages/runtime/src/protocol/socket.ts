/** The status API's socket in the state folder, and the default state folder. Without schemas, like modes.ts. */
export const SOCKET_NAME = "runtime.sock";
export const DEFAULT_STATE_DIR = ".sandboot/state";
