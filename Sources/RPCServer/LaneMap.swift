package import DecisionService
package import NIOCore
import Synchronization

/// The lanes by event loop, reachable from any thread, each touched on its own loop only.
package struct LaneMap: Sendable {
    private let lanes: [ObjectIdentifier: NIOLoopBound<RPCLane>]
    private let loops: [any EventLoop]

    /// Makes a lane on each loop of the group with `make`, which runs on that loop.
    package init(
        on group: any EventLoopGroup,
        _ make: @escaping @Sendable (any EventLoop) -> RPCLane
    ) async throws {
        var lanes: [ObjectIdentifier: NIOLoopBound<RPCLane>] = [:]
        var loops: [any EventLoop] = []
        let count = group.makeIterator().reduce(0) { count, _ in count + 1 }
        for loop in group.makeIterator() {
            lanes[ObjectIdentifier(loop)] = try await loop.submit {
                let lane = make(loop)
                lane.maxCalls = max(1, lane.settings.maxCalls / count)
                lane.maxHeldBytes = lane.settings.maxHeldBytes / count
                return NIOLoopBound(lane, eventLoop: loop)
            }.get()
            loops.append(loop)
        }
        self.lanes = lanes
        self.loops = loops
    }

    /// The lane of a loop of the group, on that loop.
    func lane(of loop: any EventLoop) -> RPCLane {
        guard let lane = lanes[ObjectIdentifier(loop)] else {
            preconditionFailure("a channel runs on a loop that is not of the server's group")
        }
        return lane.value
    }

    /// Runs `body` once for each lane, on its loop.
    package func onEach(_ body: @escaping @Sendable (RPCLane) -> Void) async {
        for loop in loops {
            try? await loop.submit { body(lane(of: loop)) }.get()
        }
    }

    /// A way onto the lanes in turn, for work that is not bound to one.
    package var gate: LaneGate {
        let turn = Turn()
        return LaneGate { body in
            let loop = loops[turn.next() % loops.count]
            loop.execute { body(lane(of: loop).decisions) }
        }
    }

    /// A way onto each lane for those who are not on its thread.
    package var gates: [LaneGate] {
        loops.map { loop in
            LaneGate { body in loop.execute { body(lane(of: loop).decisions) } }
        }
    }
}

/// Counts whose turn it is.
private final class Turn: Sendable {
    private let count = Atomic<Int>(0)

    func next() -> Int {
        Int(bitPattern: UInt(bitPattern: count.wrappingAdd(1, ordering: .relaxed).oldValue) & UInt(Int.max))
    }
}
