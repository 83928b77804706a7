"""A Slack that accepts every call, as a program: `easy_slack.py` serves until its input ends."""

from __future__ import annotations

import asyncio

import uvloop
from bench_acks import TOKENS
from bench_server import say, until_the_input_ends
from bench_wire import EasySlack, YesServer


async def main() -> None:
    slack = EasySlack(TOKENS)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: YesServer(slack.answer), "127.0.0.1", 0)
    say(port=server.sockets[0].getsockname()[1])
    await until_the_input_ends()
    server.close()


if __name__ == "__main__":
    uvloop.run(main())
