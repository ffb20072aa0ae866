"""What the parent says over a link, as the client reads it."""

import socket

from salesperf.kernels.link import _word


def test_of_two_lines_that_came_together_each_is_read_by_itself() -> None:
    parent, client = socket.socketpair()
    with parent, client:
        parent.sendall(b'{"pid": 7}\n{"exit": 0}\n')  # a kernel that has ended before its client read its number
        assert (_word(client), _word(client)) == ({"pid": 7}, {"exit": 0})
        parent.close()
        assert _word(client) == {}
