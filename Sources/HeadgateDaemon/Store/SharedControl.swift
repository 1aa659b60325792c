import DecisionService
import Foundation
import LimitPolicy
import ServiceLifecycle

/// Once a second: tells the other daemons that this one is alive, and takes from the store what operators have decided,
/// and the policy where it is there that it lives.
struct SharedControl: Service {
    let link: ControlLink
    let peers: PeerWatch
    /// Where this daemon's status page is.
    let address: String
    /// nil where the policy is a file.
    let policy: StoredPolicy?
    let operators: OperatorControl

    func run() async throws {
        let id = UUID().uuidString
        for await _ in Ticks(every: .seconds(1)).cancelOnGracefulShutdown() {
            await beat(id)
            await operators.poll()
            await policy?.poll(link.control, on: link.loop)
        }
        try await link.stop()
    }

    /// A store that does not answer leaves the count as it was.
    private func beat(_ id: String) async {
        if let alive = try? await link.beat(id: id, address: address) {
            peers.heard(alive.count)
        } else {
            peers.heardNothing()
        }
    }
}
