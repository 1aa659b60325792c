from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor
REASON_BLOCKED: Reason
REASON_CONCURRENCY: Reason
REASON_COST_TOO_LARGE: Reason
REASON_NO_RULE: Reason
REASON_RATE: Reason
REASON_STORE_UNAVAILABLE: Reason
REASON_TIER: Reason
REASON_UNSPECIFIED: Reason
REPLICA_STATE_DRAINING: ReplicaState
REPLICA_STATE_READY: ReplicaState
REPLICA_STATE_UNSPECIFIED: ReplicaState
REPLICA_STATE_WARMING: ReplicaState
VERDICT_ALLOWED: Verdict
VERDICT_FORBIDDEN: Verdict
VERDICT_LIMITED: Verdict
VERDICT_UNAVAILABLE: Verdict
VERDICT_UNSPECIFIED: Verdict

class CheckManyRequest(_message.Message):
    __slots__ = ["checks"]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    checks: _containers.RepeatedCompositeFieldContainer[CheckRequest]
    def __init__(self, checks: _Optional[_Iterable[_Union[CheckRequest, _Mapping]]] = ...) -> None: ...

class CheckManyResponse(_message.Message):
    __slots__ = ["results"]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CheckResponse]
    def __init__(self, results: _Optional[_Iterable[_Union[CheckResponse, _Mapping]]] = ...) -> None: ...

class CheckRequest(_message.Message):
    __slots__ = ["all_limits", "attributes", "client", "limits", "peek", "route", "tier", "usage"]
    class AttributesEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class UsageEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    ALL_LIMITS_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    PEEK_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    all_limits: bool
    attributes: _containers.ScalarMap[str, str]
    client: str
    limits: _containers.RepeatedCompositeFieldContainer[InlineLimit]
    peek: bool
    route: str
    tier: str
    usage: _containers.ScalarMap[str, int]
    def __init__(self, client: _Optional[str] = ..., route: _Optional[str] = ..., usage: _Optional[_Mapping[str, int]] = ..., attributes: _Optional[_Mapping[str, str]] = ..., tier: _Optional[str] = ..., limits: _Optional[_Iterable[_Union[InlineLimit, _Mapping]]] = ..., peek: bool = ..., all_limits: bool = ...) -> None: ...

class CheckResponse(_message.Message):
    __slots__ = ["degraded", "lease", "lease_ttl_ms", "limits", "message", "never", "policy", "reason", "retry_after_ms", "rule", "verdict"]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    LEASE_TTL_MS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    NEVER_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    degraded: bool
    lease: bytes
    lease_ttl_ms: int
    limits: _containers.RepeatedCompositeFieldContainer[LimitState]
    message: str
    never: bool
    policy: int
    reason: Reason
    retry_after_ms: int
    rule: str
    verdict: Verdict
    def __init__(self, verdict: _Optional[_Union[Verdict, str]] = ..., reason: _Optional[_Union[Reason, str]] = ..., retry_after_ms: _Optional[int] = ..., limits: _Optional[_Iterable[_Union[LimitState, _Mapping]]] = ..., lease: _Optional[bytes] = ..., lease_ttl_ms: _Optional[int] = ..., rule: _Optional[str] = ..., message: _Optional[str] = ..., degraded: bool = ..., policy: _Optional[int] = ..., never: bool = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ["message"]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ["client", "token"]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    client: str
    token: str
    def __init__(self, token: _Optional[str] = ..., client: _Optional[str] = ...) -> None: ...

class HelloReply(_message.Message):
    __slots__ = ["max_frame_bytes", "max_in_flight", "policy", "server"]
    MAX_FRAME_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    SERVER_FIELD_NUMBER: _ClassVar[int]
    max_frame_bytes: int
    max_in_flight: int
    policy: int
    server: str
    def __init__(self, max_frame_bytes: _Optional[int] = ..., max_in_flight: _Optional[int] = ..., server: _Optional[str] = ..., policy: _Optional[int] = ...) -> None: ...

class InlineLimit(_message.Message):
    __slots__ = ["algorithm", "burst", "cost", "rate", "scope"]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    BURST_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    algorithm: str
    burst: int
    cost: int
    rate: str
    scope: str
    def __init__(self, rate: _Optional[str] = ..., scope: _Optional[str] = ..., algorithm: _Optional[str] = ..., cost: _Optional[int] = ..., burst: _Optional[int] = ...) -> None: ...

class LimitState(_message.Message):
    __slots__ = ["limit", "limited", "name", "remaining", "reset_ms", "shadow", "unit", "window_ms"]
    LIMITED_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    RESET_MS_FIELD_NUMBER: _ClassVar[int]
    SHADOW_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    WINDOW_MS_FIELD_NUMBER: _ClassVar[int]
    limit: int
    limited: bool
    name: str
    remaining: int
    reset_ms: int
    shadow: bool
    unit: str
    window_ms: int
    def __init__(self, name: _Optional[str] = ..., limit: _Optional[int] = ..., remaining: _Optional[int] = ..., reset_ms: _Optional[int] = ..., window_ms: _Optional[int] = ..., unit: _Optional[str] = ..., limited: bool = ..., shadow: bool = ...) -> None: ...

class RenewRequest(_message.Message):
    __slots__ = ["leases"]
    class Item(_message.Message):
        __slots__ = ["lease", "usage"]
        class UsageEntry(_message.Message):
            __slots__ = ["key", "value"]
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: int
            def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
        LEASE_FIELD_NUMBER: _ClassVar[int]
        USAGE_FIELD_NUMBER: _ClassVar[int]
        lease: bytes
        usage: _containers.ScalarMap[str, int]
        def __init__(self, lease: _Optional[bytes] = ..., usage: _Optional[_Mapping[str, int]] = ...) -> None: ...
    LEASES_FIELD_NUMBER: _ClassVar[int]
    leases: _containers.RepeatedCompositeFieldContainer[RenewRequest.Item]
    def __init__(self, leases: _Optional[_Iterable[_Union[RenewRequest.Item, _Mapping]]] = ...) -> None: ...

class RenewResponse(_message.Message):
    __slots__ = ["leases"]
    class Item(_message.Message):
        __slots__ = ["alive", "lease", "stop"]
        ALIVE_FIELD_NUMBER: _ClassVar[int]
        LEASE_FIELD_NUMBER: _ClassVar[int]
        STOP_FIELD_NUMBER: _ClassVar[int]
        alive: bool
        lease: bytes
        stop: bool
        def __init__(self, alive: bool = ..., stop: bool = ..., lease: _Optional[bytes] = ...) -> None: ...
    LEASES_FIELD_NUMBER: _ClassVar[int]
    leases: _containers.RepeatedCompositeFieldContainer[RenewResponse.Item]
    def __init__(self, leases: _Optional[_Iterable[_Union[RenewResponse.Item, _Mapping]]] = ...) -> None: ...

class ReportRequest(_message.Message):
    __slots__ = ["load", "pool", "replica", "state", "ttl_ms"]
    LOAD_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TTL_MS_FIELD_NUMBER: _ClassVar[int]
    load: float
    pool: str
    replica: str
    state: ReplicaState
    ttl_ms: int
    def __init__(self, replica: _Optional[str] = ..., pool: _Optional[str] = ..., state: _Optional[_Union[ReplicaState, str]] = ..., load: _Optional[float] = ..., ttl_ms: _Optional[int] = ...) -> None: ...

class ReportResponse(_message.Message):
    __slots__ = ["replicas", "scale"]
    REPLICAS_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    replicas: int
    scale: float
    def __init__(self, scale: _Optional[float] = ..., replicas: _Optional[int] = ...) -> None: ...

class SettleRequest(_message.Message):
    __slots__ = ["cancel", "lease", "usage"]
    class UsageEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    cancel: bool
    lease: bytes
    usage: _containers.ScalarMap[str, int]
    def __init__(self, lease: _Optional[bytes] = ..., usage: _Optional[_Mapping[str, int]] = ..., cancel: bool = ...) -> None: ...

class SettleResponse(_message.Message):
    __slots__ = ["settled"]
    SETTLED_FIELD_NUMBER: _ClassVar[int]
    settled: bool
    def __init__(self, settled: bool = ...) -> None: ...

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class ReplicaState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
