import NIOCore
import RedisStore

/// The way to what daemons share besides counters, from any task.
struct ControlLink: ControlDocuments {
    let loop: any EventLoop
    let control: NIOLoopBound<RedisControl>

    /// What the operators' document is called in the store.
    private static let operators = "operators"

    init(_ store: RedisStore, on loop: any EventLoop) async throws {
        self.loop = loop
        control = try await loop.submit {
            NIOLoopBound(store.makeControl(loop, clock: Clocks.monotonic), eventLoop: loop)
        }.get()
    }

    func beat(id: String, address: String) async throws -> [RedisControl.Peer] {
        try await loop.flatSubmit { control.value.beat(id: id, address: address) }.get()
    }

    func report(_ reports: [ReplicaReport]) async throws -> StoredReplicas {
        try await loop.flatSubmit { control.value.report(reports) }.get()
    }

    func read(known: Int64) async throws -> RedisControl.Document {
        try await loop.flatSubmit { control.value.read(Self.operators, known: known) }.get()
    }

    func write(_ content: [UInt8], over version: Int64, atLeast least: Int64) async throws -> RedisControl.Written {
        let text = String(decoding: content, as: UTF8.self)
        return try await loop.flatSubmit {
            control.value.write(Self.operators, text, over: version, atLeast: least)
        }.get()
    }

    func stop() async throws {
        try await loop.submit { control.value.stop() }.get()
    }
}
