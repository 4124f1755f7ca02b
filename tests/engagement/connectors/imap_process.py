"""The IMAP server of the tests as a process of its own: pymap's command, but for how passwords are kept. Started by `mail`.

Half a million rounds of hashing for each sign-in protect nobody here; they were most of what the tests with mail cost.
"""

from unittest.mock import patch

import pymap.config
from pymap.main import main
from pysasl.hashing import Cleartext

if __name__ == "__main__":
    with patch.object(pymap.config, "BuiltinHash", Cleartext):
        main()
