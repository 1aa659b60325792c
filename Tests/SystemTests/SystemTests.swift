import Testing

/// Whole daemons as processes, on a real redis-server, one test after the other: each has the machine to itself.
@Suite(.serialized, .timeLimit(.minutes(1))) enum SystemTests {}
