"""Problems as RFC 9457 documents: the one table from error branch to HTTP status."""

from http import HTTPStatus

from flask import Flask, Response, json, request
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from landgis.errors import (
    Conflict,
    LandgisError,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PreconditionMissing,
    Refused,
    TooLarge,
    TooMany,
    Unavailable,
    UsageError,
)

STATUS: dict[type[LandgisError], HTTPStatus] = {
    UsageError: HTTPStatus.BAD_REQUEST,
    NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    PreconditionMissing: HTTPStatus.PRECONDITION_REQUIRED,
    Refused: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
RETRY_AFTER_S = "5"


class Problem(BaseModel):
    """An RFC 9457 problem; ``code`` is what programs test for."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    code: str
    detail: str


def problem(status: int, code: str, detail: str, /, **data: object) -> Response:
    """Answer a problem document; its own members win over data of the same name."""
    body = {
        **data,
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    response = Response(json.dumps(body), status, mimetype="application/problem+json")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = RETRY_AFTER_S
    if "retry_after_s" in data:
        response.headers["Retry-After"] = str(data["retry_after_s"])
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def status_of(error: LandgisError) -> HTTPStatus:
    """Answer the HTTP status of an error's branch."""
    return STATUS[next(branch for branch in type(error).__mro__ if branch in STATUS)]


def problem_of(error: LandgisError) -> Response:
    """Answer an error as a problem document."""
    return problem(status_of(error), error.code, error.message, **error.data)


def validation_problem(error: ValidationError) -> Response:
    """Answer 400 for a query or path that is malformed, 422 for a body.

    Body models are named ``…Body``, which is all that pydantic's error tells of them.
    """
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "request"
    unknown = first["type"] == "extra_forbidden"
    detail = f"{where}: unknown parameter" if unknown else f"{where}: {first['msg']}"
    is_body = error.title.endswith("Body")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_body else HTTPStatus.BAD_REQUEST
    return problem(status, "bad_body" if is_body else "bad_parameter", detail, parameter=where)


def register(app: Flask) -> None:
    """Make every failure of ``app`` a problem document; nothing shows a traceback."""

    @app.errorhandler(LandgisError)
    def landgis_error(error: LandgisError) -> Response:
        return problem_of(error)

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_error: RequestEntityTooLarge) -> Response:
        limit = request.max_content_length
        return problem(413, "too_large", f"The request is larger than {limit} bytes", limit=limit)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = error.code or 500
        code = HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")
        detail = error.description or HTTPStatus(status).phrase
        answer = problem(status, code, f"{request.path}: {detail}")
        for name, value in error.get_headers():
            if name == "Allow":
                answer.headers[name] = value
        return answer

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return problem(500, "internal", "landgis failed on this request; it has been logged")
