"""A route for what comes in bursts: a body and a permit, without what a general route costs."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from chassis.calls import Permit

Handler = Callable[[Request], Awaitable[Response]]
_JSON = "application/json"


class CaptureRoute(APIRoute):
    """Takes endpoints with one JSON body and one permit: `APIRouter(route_class=CaptureRoute)`.

    The document describes it like every route.  A body that is plainly valid is read by its
    model alone; with any other the request goes the ordinary way, which says what is wrong.
    """

    def get_route_handler(self) -> Any:
        ordinary: Handler = super().get_route_handler()
        (body,), (permit,) = self.dependant.body_params, self.dependant.dependencies
        assert isinstance(permit.call, Permit), "a capture route asks its permit"
        assert not self.dependant.path_params + self.dependant.query_params, "a body, no more"
        ask, names = permit.call, (str(body.name), str(permit.name))
        model: Any = body.field_info.annotation
        validate = TypeAdapter(model).validate_json

        async def handle(request: Request) -> Response:
            if request.headers.get("content-type") != _JSON:
                return await ordinary(request)
            try:
                value = validate(await request.body())
            except ValidationError:
                return await ordinary(request)
            headers = Response()
            call = await ask(request, headers)
            answer = await self.endpoint(**dict(zip(names, (value, call), strict=True)))
            response = Response(orjson.dumps(answer), media_type=_JSON)
            del headers.headers["content-length"]
            response.raw_headers.extend(headers.raw_headers)
            return response

        return handle
