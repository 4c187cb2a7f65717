import { generateKeyPairSync, sign } from "node:crypto";

/** A certificate for 127.0.0.1 that signs itself, and its key; both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const [SEQUENCE, SET, INTEGER, BITS, OCTETS, OID, UTF8, TIME, BOOLEAN] = [
  0x30, 0x31, 0x02, 0x03, 0x04, 0x06, 0x0c, 0x18, 0x01,
];
const COMMON_NAME = "550403";
const BASIC_CONSTRAINTS = "551d13";
const ALTERNATIVE_NAME = "551d11";
const ECDSA_WITH_SHA256 = "2a8648ce3d040302";

/** Made here, because a machine may have no openssl. @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1 */
export function makeCertificate(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, oid(COMMON_NAME), der(UTF8, "a test"))));
  const algorithm = der(SEQUENCE, oid(ECDSA_WITH_SHA256));
  const body = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.of(2))),
    der(INTEGER, Buffer.of(1)),
    algorithm,
    name,
    der(SEQUENCE, der(TIME, "20200101000000Z"), der(TIME, "21000101000000Z")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(
      0xa3,
      der(
        SEQUENCE,
        // A client takes it as the authority, too.
        extension(BASIC_CONSTRAINTS, der(SEQUENCE, der(BOOLEAN, Buffer.of(0xff)))),
        extension(ALTERNATIVE_NAME, der(SEQUENCE, der(0x87, Buffer.of(127, 0, 0, 1)))),
      ),
    ),
  );
  const signature = sign("sha256", body, privateKey);
  const whole = der(SEQUENCE, body, algorithm, der(BITS, Buffer.of(0), signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    cert: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n"),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function extension(id: string, value: Buffer): Buffer {
  return der(SEQUENCE, oid(id), der(OCTETS, value));
}

function oid(hex: string): Buffer {
  return der(OID, Buffer.from(hex, "hex"));
}

/** A tag, the length and the content: https://www.itu.int/rec/T-REC-X.690 */
function der(tag: number | undefined, ...parts: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag ?? 0, ...size]), content]);
}
