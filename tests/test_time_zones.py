"""Names of time zones come with the product: a machine need not bring them."""

import subprocess
import sys


def test_time_zones_are_known_on_a_machine_without_any() -> None:
    look = "import zoneinfo; zoneinfo.reset_tzpath(to=()); print(zoneinfo.ZoneInfo('Europe/Berlin').key)"
    told = subprocess.run((sys.executable, "-c", look), capture_output=True, check=True, text=True, timeout=60)
    assert told.stdout.strip() == "Europe/Berlin"
