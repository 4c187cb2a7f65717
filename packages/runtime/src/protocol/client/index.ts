/** A client for a runtime. It needs only Node, and also runs when bundled as CommonJS. */
export { describeEndpoint, type Endpoint } from "./endpoint.ts";
export {
  type FollowLogOptions,
  type FollowOptions,
  type ProcessAction,
  RuntimeClient,
} from "./runtime-client.ts";
export { RequestFailed, RuntimeUnreachable } from "./wire.ts";
