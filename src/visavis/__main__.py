"""``python -m visavis`` is the ``visavis`` command."""

from visavis.cli import main

main()
