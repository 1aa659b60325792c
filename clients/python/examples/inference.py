"""An inference server whose limits hold across every replica of it.

Start the daemon with the policy beside this file, then as many replicas as you like:

    headgate serve --policy examples/policy.yaml
    uvicorn inference:app --app-dir examples --port 8001
    uvicorn inference:app --app-dir examples --port 8002
"""

from __future__ import annotations

import json
import os
import zlib
from typing import Any, Dict, List

from fastapi import Body, Depends, FastAPI
from typing_extensions import Annotated

from headgate.fastapi import Headgate, api_key

gate = Headgate(
    os.environ.get("HEADGATE_ADDRESS", "127.0.0.1:7420"),
    client=api_key("x-api-key"),
    timeout=0.25,
    on_failure="allow",
)
app = FastAPI(title="Inference", lifespan=gate.lifespan)
limited = [Depends(gate.limit())]


Input = Annotated[Any, Body()]


def score(value: Any, seed: int = 0) -> float:
    """The toy model: any JSON to a number from 0 to 1, always the same one."""
    text = json.dumps(value, sort_keys=True).encode()
    return zlib.crc32(text, seed) / 0xFFFF_FFFF


def scores(values: Any, seed: int = 0) -> List[float]:
    return [score(value, seed) for value in (values if isinstance(values, list) else [values])]


@app.post("/predict", dependencies=limited)
async def predict(body: Input = None) -> Dict[str, Any]:
    return {"model": "standard", "prediction": score(body)}


@app.post("/predict/batch", dependencies=limited)
async def predict_batch(body: Input = None) -> Dict[str, Any]:
    return {"model": "standard", "predictions": scores(body)}


@app.post("/premium/predict", dependencies=limited)
async def premium_predict(body: Input = None) -> Dict[str, Any]:
    return {"model": "premium", "prediction": score(body, seed=1)}


@app.post("/models/lightweight/predict", dependencies=limited)
async def lightweight_predict(body: Input = None) -> Dict[str, Any]:
    return {"model": "lightweight", "prediction": score(body, seed=2)}


# Not async: FastAPI runs it in a thread; the limit is asked for on the event loop all the same.
@app.post("/models/heavy/predict", dependencies=limited)
def heavy_predict(body: Input = None) -> Dict[str, Any]:
    return {"model": "heavy", "prediction": score(body, seed=3)}


@app.post("/models/batch-process", dependencies=limited)
def batch_process(body: Input = None) -> Dict[str, Any]:
    return {"model": "heavy", "predictions": scores(body, seed=3)}


@app.get("/model-info", dependencies=limited)
async def model_info() -> Dict[str, Any]:
    return {"models": ["standard", "premium", "lightweight", "heavy"], "version": "1.0"}
