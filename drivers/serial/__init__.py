"""Serial ports: what the link to them is made of, and what lists them.

``Line`` alone opens and sets a port, by way of pyserial; ``Wire`` moves its bytes on the event loop;
``Settings`` and ``Rates`` are pure.
"""
