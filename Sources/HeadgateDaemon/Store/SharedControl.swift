import DecisionService
import Foundation
import LimitPolicy
import Logging
import NIOCore
import RedisStore
import ServiceLifecycle

/// Once a second: tells the other daemons that this one is alive, and takes the policy from the store where it is
/// there that it lives.
struct SharedControl: Service {
    let store: RedisStore
    let loop: any EventLoop
    let peers: PeerWatch
    /// Where this daemon's status page is.
    let address: String
    /// nil where the policy is a file.
    let policy: StoredPolicy?
    let logger: Logger

    func run() async throws {
        let control = try await loop.submit {
            NIOLoopBound(store.makeControl(loop, clock: Clocks.monotonic), eventLoop: loop)
        }.get()
        let id = UUID().uuidString
        for await _ in Ticks(every: .seconds(1)).cancelOnGracefulShutdown() {
            await beat(control, id)
            await policy?.poll(control, on: loop)
        }
        try await loop.submit { control.value.stop() }.get()
    }

    /// A store that does not answer leaves the count as it was.
    private func beat(_ control: NIOLoopBound<RedisControl>, _ id: String) async {
        let alive = try? await loop.flatSubmit { control.value.beat(id: id, address: address) }.get()
        if let alive { peers.heard(alive.count) } else { peers.heardNothing() }
    }
}
