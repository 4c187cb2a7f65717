import type { Route } from "../route.ts";
import { type Operation, type OperationAnswer, operations } from "./operations.ts";
import { componentSchemas } from "./schemas.ts";

/**
 * Describes the status API as OpenAPI 3.1, from the same table of routes that the server uses and the schemas of the
 * protocol. https://spec.openapis.org/oas/v3.1.1
 */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "sandboot status API",
      version,
      description:
        "Served on the unix socket <stateDir>/runtime.sock without a token. When status.port is set, also served by TCP on status.host, with a token.",
    },
    servers: [{ url: "http://127.0.0.1:{port}", variables: { port: { default: "7690" } } }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      schemas: componentSchemas(),
    },
  };
}

function operationOf({ method, path, open }: Route): object {
  const operation = operations[`${method} ${path}`];
  if (operation === undefined) throw new Error(`${method} ${path} is not described`);
  const { summary, body, answers } = operation;
  return {
    operationId: nameOf(method, path),
    summary,
    ...(open && { security: [] }),
    parameters: parametersOf(path, operation),
    ...(body && {
      requestBody: {
        required: body.required,
        content: { "application/json": { schema: refTo(body.schema) } },
      },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, it]) => [status, answerOf(it)])),
      ...(open && { 403: answerOf({ description: "`foreign-site`", schema: "Error" }) }),
      ...(!open && { 401: answerOf({ description: "`unauthorized`", schema: "Error" }) }),
    },
  };
}

function parametersOf(path: string, { query = [], headers = [] }: Operation): object[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  return [
    ...inPath,
    ...query.map(({ name, description, type }) => ({
      name,
      in: "query",
      description,
      schema: { type },
    })),
    ...headers.map(({ name, description }) => ({
      name,
      in: "header",
      description,
      schema: { type: "string" },
    })),
  ];
}

function answerOf({
  description,
  schema,
  contentType = "application/json",
}: OperationAnswer): object {
  return {
    description,
    ...(schema !== undefined && { content: { [contentType]: { schema: refTo(schema) } } }),
  };
}

function refTo(name: string): object {
  return { $ref: `#/components/schemas/${name}` };
}

/** `POST /v1/processes/:id/restart` is `postProcessesRestart`. */
function nameOf(method: string, path: string): string {
  const words = path.split("/").filter((word) => word !== "" && word !== "v1" && word[0] !== ":");
  const camel = words.map((word) => word.replace(/\.\w+$/, "")).map(capital);
  return method.toLowerCase() + camel.join("");
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
