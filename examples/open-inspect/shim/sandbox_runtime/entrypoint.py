"""What every provider starts: `python -m sandbox_runtime.entrypoint`. Becomes `sandboot boot`."""

import os
import re
import sys

AWAIT_TOKEN = "--await-modal-image-build-token-stdin-v1"


def main(args: list[str]) -> None:
    os.environ.setdefault("SANDBOOT_PLATFORM", "open-inspect")
    if args == [AWAIT_TOKEN]:
        take_build_token()
    elif args:
        sys.exit(f"sandbox_runtime.entrypoint: unknown arguments {args}")
    os.execvp("sandboot", ["sandboot", "boot"])


def take_build_token() -> None:
    """Modal tells the token of a build's callback when the sandbox runs already, as one line on standard input."""
    line = sys.stdin.readline(66)
    if not re.fullmatch(r"[a-f0-9]{64}\n", line):
        sys.exit("sandbox_runtime.entrypoint: standard input has no callback token")
    os.environ["OI_REPO_IMAGE_CALLBACK_TOKEN"] = line.strip()
    os.environ["OI_REPO_IMAGE_PROVIDER_SESSION_ID"] = os.environ.get("MODAL_SANDBOX_ID", "")


if __name__ == "__main__":
    main(sys.argv[1:])
