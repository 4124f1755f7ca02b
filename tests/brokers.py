"""A broker handed on from test to test without what the last one left. Called by tests/conftest.py."""

import nats

CONNECT_SECONDS = 10


async def emptied(url: str) -> None:
    """Remove every stream with its consumers; what keeps values (KV buckets) is a stream too."""
    client = await nats.connect(url, connect_timeout=CONNECT_SECONDS, allow_reconnect=False)
    try:
        streams = client.jetstream()
        for stream in await streams.streams_info():
            await streams.delete_stream(str(stream.config.name))
    finally:
        await client.close()
