/** @returns What is aborted when somebody ends the benchmark: contenders then end what they have started. */
export function cancelledBySignals(): AbortSignal {
  const cancel = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => cancel.abort(new Error(`ended by ${signal}`)));
  }
  return cancel.signal;
}
