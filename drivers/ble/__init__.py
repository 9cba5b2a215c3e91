"""Bluetooth Low Energy: what the links to its devices share.

``Air`` gives each link a device on one of its ``Adapter``s; the ladders say, purely, what is tried next
when something fails; ``bluez`` speaks to BlueZ over D-Bus, ``scanner`` and ``connection`` through bleak.
"""
