import LimitCore
import NIOCore
import Synchronization

/// What a call holds of its limits until it is over: say here what it used.
///
/// It is renewed in the background while the body of ``HeadgateClient/withLease(client:route:usage:attributes:tier:limits:timeout:isolation:_:)``
/// runs. Any task may use it.
public final class Lease: Sendable {
    private struct State {
        var usage = Usage()
        var token: [UInt8]
        var expiry: NIODeadline
        var shouldStop = false
        var isAlive = true
        var isOver = false
    }

    /// What let the call go on.
    public let decision: Decision
    /// How long it lasts without a sign of life.
    let time: TimeAmount
    private let state: Mutex<State>

    init(_ decision: Decision, now: NIODeadline) {
        self.decision = decision
        time = .milliseconds(Int64(clamping: min(decision.response?.leaseMilliseconds ?? 0, Lease.longest)))
        state = Mutex(State(token: decision.response?.lease ?? [], expiry: now + time))
    }

    /// Times past a year are as good as one, and fit a clock.
    private static let longest: UInt64 = 366 * 86_400_000

    /// The tokens that the call has used so far in all; a later number replaces the earlier one.
    public func used(tokens: UInt64) {
        state.withLock { $0.usage.set(tokens: tokens) }
    }

    /// What the call has used so far in all, by unit; a unit that is never named keeps its estimate.
    ///
    /// - Throws: Where a unit is no name of 1 to 64 bytes, or there are more than 8 of them, tokens among them.
    public func used(_ usage: [String: UInt64]) throws(HeadgateError) {
        let problem: HeadgateError? = state.withLock { state in
            do throws(HeadgateError) {
                try state.usage.set(usage)
                return nil
            } catch {
                return error
            }
        }
        if let problem { throw problem }
    }

    /// The daemon asked to end the call: by what was reported, the client is over a limit. It stays so.
    public var shouldStop: Bool { state.withLock { $0.shouldStop } }

    /// False once the lease ran out: its slots are free for others, its estimate stays charged.
    ///
    /// The call may go on. A daemon that was away for long is none of its faults.
    public var isAlive: Bool { state.withLock { $0.isAlive } }
}

extension Lease {
    /// Whether a daemon knows of it.
    var isHeld: Bool { !(decision.response?.lease.isEmpty ?? true) }
    var client: String { decision.client }
    var expiry: NIODeadline { state.withLock { $0.expiry } }
    /// Not to be renewed any more.
    var isOver: Bool { state.withLock { $0.isOver || !$0.isAlive } }

    /// What keeps it alive; nil where that is not wanted any more.
    func renewal() -> RenewRequest.Item? {
        state.withLock { state in
            state.isOver || !state.isAlive ? nil : RenewRequest.Item(lease: state.token, usage: state.usage.units)
        }
    }

    /// The daemon's answer to a renewal that was asked for at this time.
    func renewed(_ item: RenewResponse.Item, asked: NIODeadline) {
        state.withLock { state in
            guard item.alive else {
                state.isAlive = false
                return
            }
            if !item.lease.isEmpty { state.token = item.lease }
            state.shouldStop = state.shouldStop || item.stop
            state.expiry = asked + time
        }
    }

    /// No daemon answered; true where there is time left to ask again.
    func renewalFailed(now: NIODeadline) -> Bool {
        state.withLock { state in
            state.isAlive = state.isAlive && now < state.expiry
            return state.isAlive
        }
    }

    /// What ends it, once: by what was used, or as if the call never was where it failed before.
    func end(failed: Bool) -> SettleRequest {
        state.withLock { state in
            state.isOver = true
            return SettleRequest(
                lease: state.token,
                usage: state.usage.units,
                cancel: failed && state.usage.isEmpty
            )
        }
    }
}
