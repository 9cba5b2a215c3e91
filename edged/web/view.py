"""How a route comes to the running node."""

from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

from edged.ops.status import NodeView


def _view(connection: HTTPConnection) -> NodeView:
    view: NodeView = connection.app.state.view
    return view


View = Annotated[NodeView, Depends(_view)]
"""As a route's parameter: the node that the application shows."""
