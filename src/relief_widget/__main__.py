"""``python -m relief_widget`` is ``relief-widget``."""

import sys

from relief_widget.cli import main

sys.exit(main())
