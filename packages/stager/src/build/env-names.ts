/**
 * Environment variables that enable a provider but are not in the catalogue. OpenCode reads them in its own code
 * (`packages/opencode/src/provider/provider.ts`, the custom loaders with `autoload`). A test checks each with the agent.
 */
export const ENV_NAMES_BESIDE_THE_CATALOGUE: Readonly<Record<string, readonly string[]>> = {
  "amazon-bedrock": [
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  ],
  "google-vertex": ["GOOGLE_CLOUD_PROJECT", "GCP_PROJECT", "GCLOUD_PROJECT"],
  "google-vertex-anthropic": ["GOOGLE_CLOUD_PROJECT", "GCP_PROJECT", "GCLOUD_PROJECT"],
};
