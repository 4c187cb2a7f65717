import { expect, it } from "vitest";
import { processClock } from "../../src/base/clock.ts";
import { controlOf } from "../../src/boot/control.ts";
import type { Pauses } from "../../src/boot/pause/pauses.ts";
import { RetryAdmission } from "../../src/boot/recovery/retry-admission.ts";
import { StopRequest } from "../../src/boot/stop.ts";
import { EventBus } from "../../src/observe/events/bus.ts";
import { Supervised } from "../support/supervised.ts";

it("a freeze while an adopt is being cancelled is told of the end, and not to wait", async () => {
  const bus = new EventBus({ clock: processClock, redact: (value) => value });
  const stop = new StopRequest();
  const control = controlOf({
    bus,
    stop,
    supervisor: new Supervised({ emit: (event) => bus.emit(event) }).supervisor,
    historyFolder: "/nowhere",
    retries: new RetryAdmission(),
    adopts: null,
    pauses: async () =>
      ({ freeze: async () => ({ frozen: false, status: "booting" }) }) as unknown as Pauses,
    isFrozen: () => false,
    gitCredentials: { answer: async () => ({ credential: null }) },
  });
  await expect(control.freeze(0)).rejects.toMatchObject({ value: { status: "booting" } });
  stop.ask("enough");
  await expect(control.freeze(0)).rejects.toMatchObject({ value: { status: "stopping" } });
});
