"""The routes, and the time that each part of an answer took."""

import asyncio
import os
import time
from contextlib import asynccontextmanager, contextmanager

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from .auth import Verifier
from .lead import Lead
from .store import Store


@contextmanager
def timed(request: Request, part: str):
    """Adds this part to the Server-Timing header of the answer, in milliseconds."""
    begun = time.perf_counter()
    try:
        yield
    finally:
        request.state.timings[part] = (time.perf_counter() - begun) * 1e3


async def verify(request: Request) -> None:
    with timed(request, "auth"):
        request.app.state.verifier.verify(request.headers.getlist("authorization"))


def create_app() -> FastAPI:
    slow_s = float(os.environ.get("SLOW_MS") or 0) / 1e3
    store = Store(os.environ.get("LEADS_DB") or ":memory:")

    @asynccontextmanager
    async def lifespan(_: FastAPI):
        yield
        store.close()

    app = FastAPI(title="Lead API", lifespan=lifespan)
    app.state.verifier = Verifier(os.environ["JWT_CERT"])

    @app.middleware("http")
    async def server_timing(request: Request, call_next):
        begun = time.perf_counter()
        request.state.timings = {}
        response = await call_next(request)
        parts = {**request.state.timings, "total": (time.perf_counter() - begun) * 1e3}
        response.headers["Server-Timing"] = ", ".join(f"{k};dur={v:.3f}" for k, v in parts.items())
        return response

    @app.exception_handler(RequestValidationError)
    async def refuse(request: Request, why: RequestValidationError):
        # Without the input: it is about a person, and may hold characters that UTF-8 does not have.
        problems = [{key: found[key] for key in ("type", "loc", "msg")} for found in why.errors()]
        is_json = "json" in request.headers.get("content-type", "")
        return JSONResponse({"detail": problems}, 422 if is_json else 415)

    @app.get("/health")
    async def health():
        return {"status": "ok"}

    @app.post("/leads", status_code=201, dependencies=[Depends(verify)])
    async def add_lead(lead: Lead, request: Request, response: Response):
        with timed(request, "db"):
            id, is_new = store.add(lead)
            # Stands for a commit that makes the API slower.
            await asyncio.sleep(slow_s)
        if not is_new:
            response.status_code = 200
        return {"id": id}

    return app
