"""Headgate for FastAPI: limits as dependencies, refusals as the HTTP answers they stand for."""

from .gate import Headgate
from .keys import api_key, client_ip
from .middleware import lease_of
from .refusal import Refusal

__all__ = ["Headgate", "Refusal", "api_key", "client_ip", "lease_of"]
