/** How to talk to a runtime: needs Node and nothing else, and runs bundled as CommonJS, too. */
export { describeEndpoint, type Endpoint } from "./endpoint.ts";
export {
  type FollowLogOptions,
  type FollowOptions,
  type ProcessAction,
  RuntimeClient,
} from "./runtime-client.ts";
export { RequestFailed, RuntimeUnreachable } from "./wire.ts";
