"""A small S3-compatible server: keeps objects in memory and refuses what is not signed (AWS Signature Version 4). Holds no tests."""

import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from aiohttp import web

BUCKET, KEY_ID, SECRET, REGION = "files", "key-1", "secret-1", "eu-test-1"


class Bucket:
    """One bucket; `failing` makes it answer 500."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.failing = False
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request."""
        body = await request.read()
        if self.failing:
            return web.Response(status=500)
        if not _is_signed(request):
            return web.Response(status=403, text="<Error><Code>SignatureDoesNotMatch</Code></Error>", content_type="application/xml")
        if request.method == "POST" and "delete" in request.query:
            return self._delete_many(body.decode())
        key = request.path.removeprefix(f"/{BUCKET}/")
        match request.method:
            case "PUT":
                self.objects[key] = body
                return web.Response(headers={"ETag": f'"{hashlib.sha256(body).hexdigest()}"'})
            case "GET" if key in self.objects:
                headers = {"ETag": '"e"', "Last-Modified": "Wed, 21 Oct 2026 07:28:00 GMT"}
                return web.Response(body=self.objects[key], headers=headers)
        return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>", content_type="application/xml")

    def _delete_many(self, asked: str) -> web.Response:
        keys = re.findall("<Key>(.*?)</Key>", asked)
        for key in keys:
            self.objects.pop(key, None)
        told = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        return web.Response(text=f"<DeleteResult>{told}</DeleteResult>", content_type="application/xml")


@asynccontextmanager
async def running_bucket() -> AsyncIterator[Bucket]:
    """The server, on loopback, for as long as the block lasts."""
    bucket = Bucket()
    application = web.Application(client_max_size=64 << 20)
    application.router.add_route("*", "/{path:.*}", bucket.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    bucket.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield bucket
    finally:
        await runner.cleanup()


def _is_signed(request: web.Request) -> bool:
    """The signature computed anew from what arrived."""
    given = request.headers.get("Authorization", "")
    if not given.startswith("AWS4-HMAC-SHA256 "):
        return False
    parts = dict(part.strip().split("=", 1) for part in given.removeprefix("AWS4-HMAC-SHA256 ").split(","))
    identity, scope = parts["Credential"].split("/", 1)
    signed = parts["SignedHeaders"].split(";")
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in signed)
    path = quote(request.path, safe="/-_.~")
    payload = request.headers["x-amz-content-sha256"]
    query = "&".join(part if "=" in part else f"{part}=" for part in sorted(filter(None, request.query_string.split("&"))))
    canonical = "\n".join((request.method, path, query, headers, ";".join(signed), payload))
    told = "\n".join(("AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return identity == KEY_ID and hmac.compare_digest(hmac.digest(key, told.encode(), "sha256").hex(), parts["Signature"])
