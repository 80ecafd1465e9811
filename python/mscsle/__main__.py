"""``python -m mscsle``: the command line."""

from mscsle.cli import main

raise SystemExit(main())
