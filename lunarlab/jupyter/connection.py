"""Messages between kernel and browser that do not wait for each other.

A picture that follows a slider is a handful of small messages. Jupyter's server leaves Nagle's algorithm switched on
(RFC 896): a small message is held back until the browser has acknowledged the one before it, which may take it 40 ms (delayed
acknowledgements, RFC 1122, 4.2.3.2). A dragged slider then waits 90 ms for its picture instead of 30.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's own connection to a kernel, with every message sent at once."""

    def connect(self) -> Any:
        """Open it; returns what Jupyter's own returns."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
