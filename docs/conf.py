"""The documentation site: `make site` builds it, warnings are errors."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

import mscsle

(Path(__file__).parent / "_generated" / "extra").mkdir(parents=True, exist_ok=True)

project = "mscsle"
author = "the mscsle developers"
copyright = "the mscsle developers; MIT or Apache-2.0"
version = release = mscsle.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
    "myst_nb",
    "mathml",
    "pages",
]
exclude_patterns = [
    "_build",
    "_ext",
    "gallery",
    "_generated/gallery/*.ipynb",
    "_generated/extra",
]
html_theme = "furo"
html_title = f"mscsle {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["_generated/extra"]
html_show_sphinx = False
html_copy_source = False
pygments_style = "friendly"

myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_output_stderr = "remove-warn"
html_math_renderer = "mathml"

default_role = "literal"
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say types in words
autodoc_class_signature = "separated"
napoleon_numpy_docstring = True
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
napoleon_preprocess_types = False
python_use_unqualified_type_names = True

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "_generated/gallery",
    "filename_pattern": r".*\.py$",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "write_computation_times": False,
    "show_memory": False,
    "show_signature": False,
    "remove_config_comments": True,
    "image_scrapers": ("matplotlib",),
    "matplotlib_animations": False,
    "plot_gallery": "True",
}
# A word such as `names` in the type of a parameter is prose, not a reference.
suppress_warnings = ["config.cache", "ref.python"]
