"""Stands before Open-Inspect's package of the same name on PYTHONPATH, and has its entrypoint only.

Every other module (`sandbox_runtime.bridge`, `sandbox_runtime.credentials`, …) is the original one.
"""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)


def __getattr__(name):
    # What the original package exports.
    from . import types

    return getattr(types, name)
