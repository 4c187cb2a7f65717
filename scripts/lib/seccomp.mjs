// The seccomp profile that container engines have by default, as containers/common has it: Debian installs it with buildah.
import { existsSync, readFileSync } from "node:fs";

const PROFILE = "/usr/share/containers/seccomp.json";

/** Names of this machine's architecture in the profile and in the kernel's words. */
const ARCHITECTURES = {
  x64: { name: "amd64", kernel: "SCMP_ARCH_X86_64" },
  arm64: { name: "arm64", kernel: "SCMP_ARCH_AARCH64" },
};

/**
 * The profile for a container without any capability, as the OCI runtime specification says it.
 *
 * @returns {object | null} null where it is not installed
 * @see https://github.com/opencontainers/runtime-spec/blob/v1.0.2/config-linux.md#seccomp
 * @see https://github.com/containers/common/blob/v0.50.1/pkg/seccomp/types.go
 */
export function defaultSeccomp() {
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined || !existsSync(PROFILE)) return null;
  const { defaultAction, defaultErrnoRet, archMap, syscalls } = JSON.parse(
    readFileSync(PROFILE, "utf8"),
  );
  const { name, kernel } = architecture;
  const own = archMap.find((entry) => entry.architecture === kernel);
  const isFor = ({ includes, excludes }) =>
    (includes.caps ?? []).length === 0 &&
    (includes.arches?.includes(name) ?? true) &&
    !excludes.arches?.includes(name);
  return {
    defaultAction,
    defaultErrnoRet,
    architectures: [kernel, ...(own?.subArchitectures ?? [])],
    syscalls: syscalls.filter(isFor).map(({ names, action, args, errnoRet }) => ({
      names,
      action,
      ...(args?.length > 0 && { args }),
      ...(errnoRet !== undefined && { errnoRet }),
    })),
  };
}
