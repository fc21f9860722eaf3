"""What a client asks of a server, word for word: a go-between that hands on and writes down."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

TIMEOUT_S = 60
OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Overheard:
    """Stands before a server while the block lasts; ``url`` is where clients ask."""

    def __init__(self, server_url: str) -> None:
        self.asked: list[tuple[str, int]] = []
        """Paths with their queries, and the status that was answered."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _between(server_url, self.asked))
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def url(self) -> str:
        """Where clients ask."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _between(server_url: str, asked: list[tuple[str, int]]) -> type[BaseHTTPRequestHandler]:
    server = urlsplit(server_url).netloc

    class Between(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Hand on with the client's own Host, so that links lead back here."""
            connection = http.client.HTTPConnection(server, timeout=TIMEOUT_S)
            connection.request("GET", self.path, headers=dict(self.headers.items()))
            answer = connection.getresponse()
            content = answer.read()
            asked.append((self.path, answer.status))
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in OF_THE_CONNECTION:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            connection.close()

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    return Between
