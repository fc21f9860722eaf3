"""A file handed in as browsers do it: tus, in parts, by its name and length."""

import base64

from flask.testing import FlaskClient

UPLOADS, IMPORTS = "/api/v1/uploads", "/api/v1/imports"
PART = "application/offset+octet-stream"


def metadata(**said: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in said.items())


def begin(api: FlaskClient, bearer: dict[str, str], data: bytes, **said: str):
    headers = bearer | {
        "Upload-Length": str(len(data)),
        "Upload-Metadata": metadata(**{"filename": "a.zip", **said}),
        "Tus-Resumable": "1.0.0",
    }
    return api.post(UPLOADS, headers=headers)


def patch(api: FlaskClient, bearer: dict[str, str], url: str, offset: int, data: bytes):
    headers = bearer | {"Upload-Offset": str(offset), "Content-Type": PART}
    return api.patch(url, headers=headers, data=data)


def uploaded(api: FlaskClient, bearer: dict[str, str], data: bytes, **said: str) -> str:
    url = begin(api, bearer, data, **said).headers["Location"]
    assert patch(api, bearer, url, 0, data).status_code == 204
    return url.rsplit("/", 1)[1]
