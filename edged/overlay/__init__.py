"""The overlay pages that broadcasters put over the picture.

Sources only: ``scripts/build_ui.py`` puts them beside their libraries, ``edged.web`` serves them. They are
classic scripts in order, not modules: a browser loads no modules from a file, and an overlay must work so.
"""
