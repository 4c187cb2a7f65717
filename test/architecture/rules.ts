import { type ImportEdge, ringsIn } from "./import-graph.ts";
import type { Room } from "./rooms.ts";

/** Rooms by name, of each package. */
export type House = Readonly<Record<string, Readonly<Record<string, Room>>>>;

/** Where a file is: the package's name and the room's. */
interface Place {
  readonly pkg: string;
  readonly room: string;
}

/**
 * Imports that the table of rooms does not allow, and what it allows though nothing needs it.
 *
 * @returns One line each.
 */
export function roomOffences(graph: readonly ImportEdge[], house: House): string[] {
  const used = new Set<string>();
  const offences = graph.flatMap(({ from, to, typesOnly }) => {
    const here = placeOf(from, house);
    if (here === null) return [`${from} is in no room`];
    const room = house[here.pkg]?.[here.room];
    const there = placeOf(to, house);
    if (there?.pkg === here.pkg && there.room === here.room) return [];
    const inside = to.startsWith(`packages/${here.pkg}/`);
    if (to.startsWith("node:") || (inside && there === null)) return [];
    const wanted = inside ? (there?.room ?? "") : to;
    const allowed = (inside ? room?.rooms : room?.packages) ?? [];
    used.add(`${here.pkg}/${here.room} → ${wanted}`);
    if (!allowed.includes(wanted)) return [`${from} imports ${to}`];
    const owner = inside ? house[here.pkg]?.[wanted]?.onlyFor : undefined;
    if (owner !== undefined && here.room !== owner && !here.room.startsWith(`${owner}/`)) {
      return [`${from} imports ${to}, which is only for ${owner}`];
    }
    return room?.typesOnly === true && !typesOnly
      ? [`${from} imports more than types of ${to}`]
      : [];
  });
  return [...offences, ...unused(house, used)];
}

function unused(house: House, used: ReadonlySet<string>): string[] {
  return Object.entries(house).flatMap(([pkg, rooms]) =>
    Object.entries(rooms).flatMap(([name, room]) =>
      [...room.rooms, ...(room.packages ?? [])]
        .filter((target) => !used.has(`${pkg}/${name} → ${target}`))
        .map((target) => `${pkg}/${name} no longer imports ${target}: take it out of the table`),
    ),
  );
}

/** The innermost room that a file fits; null when it fits none. */
function placeOf(file: string, house: House): Place | null {
  const [, pkg = "", path = ""] = /^packages\/([^/]+)\/src\/(.+)$/.exec(file) ?? [];
  const fits = Object.entries(house[pkg] ?? {}).filter(([name, { files }]) =>
    files === undefined ? path.startsWith(`${name}/`) : files.includes(path),
  );
  const [innermost] = fits.sort(([nameA, a], [nameB, b]) => depth(nameB, b) - depth(nameA, a));
  return innermost === undefined ? null : { pkg, room: innermost[0] };
}

/** A file that is named fits better than any folder; of two folders the inner one. */
function depth(name: string, { files }: Room): number {
  return files === undefined ? name.length : Number.POSITIVE_INFINITY;
}

/**
 * Files and folders that import each other in a ring. Looks into every folder: what is directly in it, a folder with
 * all that it holds or a single file, must be in an order.
 *
 * @returns For each ring its members and the imports that close it.
 */
export function ringOffences(graph: readonly ImportEdge[]): string[] {
  const folders = new Set(graph.flatMap(({ from }) => foldersAbove(from)));
  return [...folders].sort().flatMap((folder) =>
    ringsIn(graph, folder).map(({ members, edges }) => {
      const imports = edges.map(({ from, to }) => `${from} imports ${to}`);
      return [`ring of ${members.join(", ")} in ${folder}:`, ...imports].join("\n  ");
    }),
  );
}

/** `packages/x/src` and all folders on the way from there to a file. */
function foldersAbove(file: string): string[] {
  const parts = file.split("/");
  return parts.slice(3).map((_, at) => parts.slice(0, at + 3).join("/"));
}
