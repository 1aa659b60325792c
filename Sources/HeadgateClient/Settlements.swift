import LimitCore
import Logging
import NIOCore
import Synchronization

/// Ends leases, again and again where no daemon answers, until they are over anyway.
final class Settlements: Sendable {
    private let fleet: Fleet
    private let settings: HeadgateClient.Configuration
    private let pending = Atomic<Int>(0)
    private let lost = Atomic<Int>(0)

    /// Settlements that wait for a daemon's return; more are given up, and their leases run out.
    static let mostPending = 65_536

    init(_ fleet: Fleet, _ settings: HeadgateClient.Configuration) {
        self.fleet = fleet
        self.settings = settings
    }

    /// Leases that ran out before a daemon could be told.
    var unsettled: Int { lost.load(ordering: .relaxed) }

    /// Settles a lease of the client; returns after the configured timeout at most.
    func settle(_ request: SettleRequest, of client: String, until expiry: NIODeadline) async -> Settlement {
        if let settlement = await attempt(request, of: client, until: expiry) { return settlement }
        guard pending.wrappingAdd(1, ordering: .relaxed).newValue <= Self.mostPending else {
            pending.wrappingSubtract(1, ordering: .relaxed)
            return giveUp("too many leases wait to be settled")
        }
        // The call is over and does not wait for this one, which ends with the lease or the client.
        Task {
            await retry(request, of: client, until: expiry)
            pending.wrappingSubtract(1, ordering: .relaxed)
        }
        return .pending
    }

    private func retry(_ request: SettleRequest, of client: String, until expiry: NIODeadline) async {
        var random = SystemRandomNumberGenerator()
        var failures = 1
        repeat {
            try? await Task.sleep(for: Backoff.delay(afterFailures: failures, using: &random))
            failures += 1
        } while await attempt(request, of: client, until: expiry) == nil
    }

    /// What became of it; nil where another attempt makes sense.
    private func attempt(
        _ request: SettleRequest,
        of client: String,
        until expiry: NIODeadline
    ) async -> Settlement? {
        let deadline = NIODeadline.now() + TimeAmount(settings.timeout)
        switch await fleet.ask(.settle(request), for: client, deadline: deadline) {
        case .answered(.settle(let response)): return response.settled ? .settled : .gone
        case .invalid(let words):
            settings.logger.warning("a lease was not taken back", metadata: [LogKey.problem: "\(words)"])
            return .refused
        case .outage(let outage), .notSent(let outage):
            if outage.code == .stopped || NIODeadline.now() >= expiry { return giveUp(outage.message) }
        case .answered: break
        }
        return nil
    }

    private func giveUp(_ words: String) -> Settlement {
        lost.wrappingAdd(1, ordering: .relaxed)
        settings.logger.warning("a lease was left to run out", metadata: [LogKey.problem: "\(words)"])
        return .unsettled
    }
}
