// What is in a release: an SBOM in CycloneDX, of npm's own making. The packages are bundled, so npm would call all of them
// development dependencies or leave them out. What a bundle holds is in its source map.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../lib/child.mjs";
import { packageIn } from "../lib/notices.mjs";

/**
 * @typedef {{ name: string, version: string, "bom-ref": string, scope?: string,
 *   properties?: { name: string, value: string }[] }} Component
 * @typedef {{ metadata: { component: object }, components: Component[],
 *   dependencies: { ref: string, dependsOn: string[] }[] }} Sbom
 */

/**
 * The packages of others whose code is in the bundles.
 *
 * @param {string} root the repository
 * @returns {Set<string>} `name@version` of each, as npm refers to it
 */
export function bundledPackages(root) {
  const maps = globSync("packages/*/dist/**/*.js.map", { cwd: root });
  const folders = new Set(
    maps.flatMap((map) => {
      /** @type {{ sources: string[] }} */
      const { sources } = JSON.parse(readFileSync(join(root, map), "utf8"));
      return sources.flatMap((source) => packageIn(source) ?? []);
    }),
  );
  return new Set(
    [...folders].map((folder) => {
      const manifest = readFileSync(join(root, folder, "package.json"), "utf8");
      const { name, version } = JSON.parse(manifest);
      return `${name}@${version}`;
    }),
  );
}

/**
 * @param {Sbom} all what npm knows of the whole repository
 * @param {{ bundled: ReadonlySet<string>, version: string }} options
 * @returns {Sbom} of sandboot and what it bundles
 */
export function ofRelease(all, { bundled, version }) {
  const components = all.components.filter((one) => bundled.has(one["bom-ref"]));
  const refs = new Set(components.map((one) => one["bom-ref"]));
  const missing = [...bundled].filter((ref) => !refs.has(ref));
  if (missing.length > 0) throw new Error(`npm sbom does not know ${missing.join(", ")}`);
  const purl = `pkg:npm/%40sandboot/runtime@${version}`;
  return {
    ...all,
    metadata: {
      ...all.metadata,
      component: {
        "bom-ref": purl,
        type: "application",
        name: "sandboot",
        version,
        purl,
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components: components.map(({ properties = [], ...one }) => ({
      ...one,
      scope: "required",
      properties: properties.filter(({ name }) => name !== "cdx:npm:package:development"),
    })),
    dependencies: [
      { ref: purl, dependsOn: [...refs] },
      ...all.dependencies
        .filter(({ ref }) => refs.has(ref))
        .map(({ ref, dependsOn }) => ({
          ref,
          dependsOn: dependsOn.filter((one) => refs.has(one)),
        })),
    ],
  };
}

/** @param {{ root: string, version: string }} options @returns {Promise<string>} */
export async function makeSbom({ root, version }) {
  const args = ["sbom", "--sbom-format=cyclonedx", "--package-lock-only"];
  const all = JSON.parse(await run("npm", args, { cwd: root }));
  return `${JSON.stringify(ofRelease(all, { bundled: bundledPackages(root), version }), null, 2)}\n`;
}
