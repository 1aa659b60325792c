"""An LLM endpoint: tokens are estimated when a call comes, and paid as they were used.

Start the daemon with the policy beside this file, then the server:

    headgate serve --policy examples/chat.yaml
    uvicorn chat:app --app-dir examples --port 8001
"""

from __future__ import annotations

import asyncio
import os
from typing import AsyncIterator, Dict, List

from fastapi import Depends, FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from headgate import Lease
from headgate.fastapi import Headgate, api_key

gate = Headgate(
    os.environ.get("HEADGATE_ADDRESS", "127.0.0.1:7420"),
    client=api_key("x-api-key"),
    timeout=0.25,
    on_failure="allow",
)
app = FastAPI(title="Chat", lifespan=gate.lifespan)


class Message(BaseModel):
    role: str = "user"
    content: str


class Chat(BaseModel):
    messages: List[Message] = Field(min_length=1)
    max_tokens: int = Field(default=256, ge=1, le=4096)


def tokens_in(text: str) -> int:
    """About what a tokenizer makes of it: four letters a token."""
    return max(1, len(text) // 4)


def prompt_tokens(chat: Chat) -> int:
    return sum(tokens_in(message.content) for message in chat.messages)


async def estimate(request: Request) -> Dict[str, int]:
    """The prompt, and the longest answer that was asked for."""
    try:
        chat = Chat.model_validate(await request.json())
    except ValueError:
        # FastAPI refuses the body in a moment, and what was charged for the call is given back.
        return {}
    return {"tokens": prompt_tokens(chat) + chat.max_tokens}


async def generate(chat: Chat) -> AsyncIterator[str]:
    """The toy model: says the last message back, word by word."""
    for word in chat.messages[-1].content.split()[: chat.max_tokens]:
        await asyncio.sleep(0.01)
        yield word


@app.post("/v1/chat")
async def chat(
    chat: Chat, lease: Lease = Depends(gate.lease(usage=estimate))
) -> StreamingResponse:
    used = prompt_tokens(chat)
    lease.used(tokens=used)

    async def events() -> AsyncIterator[str]:
        nonlocal used
        async for word in generate(chat):
            used += tokens_in(word)
            # Told to the daemon with the next renewal, and for good when the stream ends, however it does.
            lease.used(tokens=used)
            yield f"data: {word}\n\n"
            if lease.stop:
                yield "data: [OVER YOUR LIMIT]\n\n"
                return
        yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")
