"""What takes cosmic-ray is collected where that is installed: in the session `mutations`."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("cosmic_ray") else ["test_changes.py"]
