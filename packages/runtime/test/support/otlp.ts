/**
 * Decodes OTLP without the library that wrote it: a small protobuf reader of its own, with the field numbers of the
 * published schema.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  /** Ids of the spans that it links to. */
  readonly links: readonly string[];
  readonly events: readonly string[];
  /** 0 unset, 1 ok, 2 error. */
  readonly status: { readonly code: number; readonly message: string };
}

type Field = { readonly number: number; readonly value: bigint | Uint8Array };

export function decodeTraces(request: Uint8Array): ReceivedSpan[] {
  return messages(request, 1).flatMap((resourceSpans) => {
    const resource = Object.assign(
      {},
      ...messages(resourceSpans, 1).map((one) => attributes(one, 1)),
    );
    return messages(resourceSpans, 2).flatMap((scopeSpans) =>
      messages(scopeSpans, 2).map((span) => decodeSpan(span, resource)),
    );
  });
}

function decodeSpan(span: Uint8Array, resource: Record<string, unknown>): ReceivedSpan {
  const [status] = messages(span, 15);
  return {
    traceId: hex(bytes(span, 1)),
    spanId: hex(bytes(span, 2)),
    parentSpanId: hex(bytes(span, 4)),
    name: text(span, 5),
    startNanos: number(span, 7),
    endNanos: number(span, 8),
    attributes: attributes(span, 9),
    resource,
    links: messages(span, 13).map((link) => hex(bytes(link, 2))),
    events: messages(span, 11).map((event) => text(event, 2)),
    status: {
      code: status === undefined ? 0 : Number(number(status, 3)),
      message: status === undefined ? "" : text(status, 2),
    },
  };
}

function attributes(message: Uint8Array, field: number): Record<string, unknown> {
  return Object.fromEntries(
    messages(message, field).map((pair) => [text(pair, 1), anyValue(bytes(pair, 2))]),
  );
}

/** Field numbers of `AnyValue`: string 1, bool 2, int 3, double 4, array 5. */
function anyValue(message: Uint8Array): unknown {
  const [field] = fields(message);
  if (field === undefined) return null;
  const { number: kind, value } = field;
  if (typeof value === "bigint") {
    if (kind === 2) return value !== 0n;
    if (kind === 4) return new Float64Array(BigUint64Array.of(value).buffer)[0];
    return Number(value);
  }
  return kind === 5 ? messages(value, 1).map(anyValue) : new TextDecoder().decode(value);
}

function* fieldsOf(message: Uint8Array): Generator<Field> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const [field, wire] = [Number(tag >> 3n), Number(tag & 7n)];
    if (wire === 0) yield { number: field, value: varint() };
    else if (wire === 1) {
      yield { number: field, value: view.getBigUint64(at, true) };
      at += 8;
    } else if (wire === 2) {
      const length = Number(varint());
      yield { number: field, value: message.subarray(at, at + length) };
      at += length;
    } else if (wire === 5) {
      yield { number: field, value: BigInt(view.getUint32(at, true)) };
      at += 4;
    } else throw new Error(`no protobuf: wire type ${wire}`);
  }
}

const fields = (message: Uint8Array): Field[] => [...fieldsOf(message)];

function messages(message: Uint8Array, field: number): Uint8Array[] {
  return fields(message).flatMap(({ number: found, value }) =>
    found === field && typeof value !== "bigint" ? [value] : [],
  );
}

function bytes(message: Uint8Array, field: number): Uint8Array {
  return messages(message, field)[0] ?? new Uint8Array();
}

function text(message: Uint8Array, field: number): string {
  return new TextDecoder().decode(bytes(message, field));
}

function number(message: Uint8Array, field: number): bigint {
  const found = fields(message).find(({ number: one }) => one === field)?.value;
  return typeof found === "bigint" ? found : 0n;
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString("hex");
}

interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
}

/** The same request as JSON. Reads only ids and names. */
export function tracesFromJson(body: string): ReceivedSpan[] {
  const request = JSON.parse(body) as {
    resourceSpans: { scopeSpans: { spans: JsonSpan[] }[] }[];
  };
  return request.resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .map(({ traceId, spanId, parentSpanId = "", name }) => ({
      ...{ traceId, spanId, parentSpanId, name },
      ...{ startNanos: 0n, endNanos: 0n, attributes: {}, resource: {}, links: [], events: [] },
      status: { code: 0, message: "" },
    }));
}
