import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes a file of a volume as kubelet does: into a new folder, to which the link `..data` is then swapped.
 *
 * @param version - 1 for the first content, then 2, 3, …
 * @see https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
 */
export async function publish(
  volume: string,
  file: string,
  version: number,
  content: string,
): Promise<void> {
  const folder = `..2026_${version}`;
  await mkdir(join(volume, folder), { recursive: true });
  await writeFile(join(volume, folder, file), content);
  await symlink(folder, join(volume, "..data_tmp"));
  await rename(join(volume, "..data_tmp"), join(volume, "..data"));
  if (version === 1) await symlink(join("..data", file), join(volume, file));
  else await rm(join(volume, `..2026_${version - 1}`), { recursive: true });
}
