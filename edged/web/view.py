"""How a route comes to the running node: to see it, and to change it."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

from edged.ops.control import Control
from edged.ops.devices import Devices
from edged.ops.status import NodeView
from edged.web import problem


def _view(connection: HTTPConnection) -> NodeView:
    view: NodeView = connection.app.state.view
    return view


def _control(connection: HTTPConnection) -> Control:
    control: Control | None = connection.app.state.control
    if control is None:
        raise problem.Told(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "This node was not started from a configuration file. Start it with: edged run -c FILE",
        )
    return control


def _devices(connection: HTTPConnection) -> Devices:
    devices = _view(connection).devices
    if devices is None:
        raise problem.Told(
            HTTPStatus.SERVICE_UNAVAILABLE, "Nothing is measured here, so there are no devices to ask."
        )
    return devices


View = Annotated[NodeView, Depends(_view)]
"""As a route's parameter: the node that the application shows."""

TheControl = Annotated[Control, Depends(_control)]
"""As a route's parameter: what changes it."""

TheDevices = Annotated[Devices, Depends(_devices)]
"""As a route's parameter: its devices."""
