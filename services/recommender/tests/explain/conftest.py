"""Makes the oracle and the maker of polls importable by the tests beside them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
