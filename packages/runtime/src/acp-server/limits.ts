/** Bytes of one message, in either direction. The same as the SDK's own default. */
export const MOST_MESSAGE_BYTES = 32 * 1024 * 1024;

/** Characters that wait for a client which reads slowly. Beyond them it is disconnected: it can load its session again. */
export const MOST_WAITING_CHARACTERS = 16 * 1024 * 1024;

/** Characters of one thing that the agent or a client says and that the runtime reports: a reason, an id, a version. */
export const MOST_REPORTED_CHARACTERS = 1_000;

/** Ways to authenticate that the runtime reports. */
export const MOST_AUTH_CHOICES = 32;

/** Clients at once. */
export const MOST_CLIENTS = 64;

/** Messages that are kept for a session until its first client has it. */
export const MOST_EARLY_MESSAGES = 256;

/** Bytes that wait for a runtime which does not read what clients do. Beyond them it is disconnected. */
export const MOST_UNREAD_ACTIVITY_BYTES = 64 * 1024;

/** Requests of the agent that wait for a client's answer. */
export const MOST_OPEN_QUESTIONS = 256;
