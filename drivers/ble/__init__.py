"""Bluetooth Low Energy: what the links to its devices share.

``Air`` gives each link a device on one of its ``Adapter``s; the ladders say, purely, what is tried next
when something fails; ``bluez`` and ``client`` alone speak to BlueZ, over D-Bus and through bleak.
"""
