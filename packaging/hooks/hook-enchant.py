"""Takes along what pyenchant's package has on Windows; frozen_parts.py says how much of it.

PyInstaller's own hook asks for the library while it freezes, and fails where the system has none. Elsewhere the library
is the system's, as its dictionaries are.
"""

from PyInstaller.utils.hooks import collect_data_files, collect_dynamic_libs

binaries = collect_dynamic_libs("enchant")
datas = collect_data_files("enchant")
