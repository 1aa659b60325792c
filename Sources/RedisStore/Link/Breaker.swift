import LimitCore

/// Whether it makes sense to ask a server: after some failures in a row it is left alone, but for one trial at a time.
///
/// Closed it lets every call through. Open it lets none through until its wait is over, then one as a trial, whose
/// success closes it and whose failure opens it again for longer.
struct Breaker {
    private enum State {
        case closed(failures: Int, since: Microseconds)
        case open(until: Microseconds)
        case trial
    }

    /// What an event did to the breaker.
    enum Transition: Equatable {
        case none, opened, closed
    }

    static let failuresToOpen = 5
    /// Failing for this long opens it too, however few calls that were.
    static let silenceToOpen: Microseconds = 250_000

    private var state = State.closed(failures: 0, since: 0)
    private var backoff = Backoff(first: 200_000, last: 2_000_000)
    private static let shortestWait: Microseconds = 50_000

    init() {}

    var isClosed: Bool {
        if case .closed = state { return true }
        return false
    }

    /// Whether a call could go out now.
    func isPassable(_ now: Microseconds) -> Bool {
        switch state {
        case .closed: true
        case .trial: false
        case .open(let until): now >= until
        }
    }

    /// Whether a call may go out now; a trial starts with this answer.
    mutating func allows(_ now: Microseconds) -> Bool {
        switch state {
        case .closed: return true
        case .trial: return false
        case .open(let until):
            guard now >= until else { return false }
            state = .trial
            return true
        }
    }

    /// A call was answered.
    mutating func succeeded() -> Transition {
        let wasClosed = isClosed
        state = .closed(failures: 0, since: 0)
        backoff.reset()
        return wasClosed ? .none : .closed
    }

    /// A call failed, or nothing could be asked.
    mutating func failed(_ now: Microseconds, _ random: UInt64) -> Transition {
        switch state {
        case .closed(let failures, let since):
            let first = failures == 0 ? now : since
            if failures + 1 < Self.failuresToOpen, now - first < Self.silenceToOpen {
                state = .closed(failures: failures + 1, since: first)
                return .none
            }
            state = .open(until: now + Self.shortestWait + backoff.next(random))
            return .opened
        case .trial:
            state = .open(until: now + Self.shortestWait + backoff.next(random))
            return .none
        case .open:
            return .none
        }
    }

    /// A new connection has passed its handshake: reason enough for a trial at once.
    mutating func connected(_ now: Microseconds) {
        if case .closed = state { return }
        state = .open(until: now)
    }

    /// The trial did not take place.
    mutating func withdrawn(_ now: Microseconds) {
        if case .trial = state { state = .open(until: now) }
    }
}
