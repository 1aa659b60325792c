internal import Crypto
package import LimitCore
package import NIOCore

/// What daemons share besides counters: who is alive, and documents with a version, such as the policy.
///
/// It has connections of its own, so that a policy of megabytes is in no check's way. Called on its event loop; every
/// future fails within two seconds where the store does not answer.
package final class RedisControl {
    /// A daemon that is alive.
    package struct Peer: Sendable, Equatable {
        package var id: String
        /// Where its status page is, as it said itself.
        package var address: String
    }

    /// A document as it is in the store. Version 0 is none.
    package struct Document: Sendable, Equatable {
        package var version: Int64
        /// Nil where the version is the one already known.
        package var content: [UInt8]?

        package init(version: Int64, content: [UInt8]?) {
            self.version = version
            self.content = content
        }
    }

    /// What became of a write.
    package enum Written: Sendable, Equatable {
        case done(version: Int64)
        /// Somebody else was first; the version that is there.
        case conflict(version: Int64)
    }

    static let script = String(decoding: PackageResources.control_lua, as: UTF8.self)
    private static let sha = Insecure.SHA1.hash(data: Array(script.utf8)).reduce(into: "") { text, byte in
        text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }
    private static let tag = "control"
    private let lane: RedisLane

    init(lane: RedisLane) { self.lane = lane }

    /// Says that this daemon is alive and returns all that are, itself among them.
    ///
    /// - Parameter lifetime: how long a daemon counts as alive after its last beat, in us.
    package func beat(id: String, address: String, lifetime: Microseconds = 5_000_000) -> EventLoopFuture<[Peer]> {
        run("daemons", ["beat", id, address, String(lifetime)], Self.peers)
    }

    /// Reads a document, without its content where `known` is its version still.
    package func read(_ name: String, known: Int64 = -1) -> EventLoopFuture<Document> {
        run("document:\(name)", ["read", String(known)]) { reply in
            guard let version = reply.number(1) else { return nil }
            guard reply.nodes.first != .array(count: 1) else { return Document(version: version, content: nil) }
            guard reply.nodes.count == 3, case .string(let range) = reply.nodes[2] else { return nil }
            return Document(version: version, content: Array(reply.bytes[range]))
        }
    }

    /// Writes a document: over the version given, or over any where there is none given.
    ///
    /// - Parameter least: what the new version is at least, so that a document that was lost gets none it had before.
    package func write(
        _ name: String,
        _ content: String,
        over version: Int64? = nil,
        atLeast least: Int64 = 0
    ) -> EventLoopFuture<Written> {
        run("document:\(name)", ["write", String(version ?? -1), content, String(least)]) { reply in
            guard let done = reply.number(1), let version = reply.number(2) else { return nil }
            return done == 1 ? .done(version: version) : .conflict(version: version)
        }
    }

    /// Tells of replicas' reports, if there are any, and returns all replicas that are alive.
    package func report(_ reports: [ReplicaReport]) -> EventLoopFuture<StoredReplicas> {
        run("replicas", ["report"] + reports.flatMap(\.arguments)) { reply in
            guard let time = reply.number(1), reply.nodes.count == 3, case .string(let range) = reply.nodes[2] else {
                return nil
            }
            return StoredReplicas(time: time, packed: reply.bytes[range])
        }
    }

    /// Closes the connections.
    package func stop() { lane.stop() }

    private static func peers(_ reply: borrowing Reply) -> [Peer]? {
        guard case .array(let count)? = reply.nodes.first, count % 2 == 0, reply.nodes.count == count + 1 else {
            return nil
        }
        return stride(from: 1, to: count, by: 2).map { index in
            Peer(id: reply.text(index) ?? "", address: reply.text(index + 1) ?? "")
        }
    }

    private func run<Value: Sendable>(
        _ name: String,
        _ arguments: [String],
        _ parse: @escaping (borrowing Reply) -> Value?
    ) -> EventLoopFuture<Value> {
        let promise = lane.loop.makePromise(of: Value.self)
        attempt(name, arguments, promise, parse, again: true)
        return promise.futureResult
    }

    private func attempt<Value: Sendable>(
        _ name: String,
        _ arguments: [String],
        _ promise: EventLoopPromise<Value>,
        _ parse: @escaping (borrowing Reply) -> Value?,
        again: Bool
    ) {
        let key = "\(lane.settings.prefix):{\(Self.tag)}:\(name)"
        let slot = SlotMap.slot(of: ArraySlice(Self.tag.utf8))
        lane.command(["EVALSHA", Self.sha, "1", key] + arguments, slot: slot) { [self] reply in
            guard let reply else {
                promise.fail(StoreError(.connection, "the store did not answer"))
                return
            }
            if let error = reply.errorText {
                if again, error.hasPrefix("NOSCRIPT") {
                    lane.command(["SCRIPT", "LOAD", Self.script], slot: slot) { _ in }
                    attempt(name, arguments, promise, parse, again: false)
                } else if again, lane.redirected(error) {
                    attempt(name, arguments, promise, parse, again: false)
                } else {
                    promise.fail(StoreError(.refused, "the store answers \(error.prefix { $0 != " " }.prefix(16))"))
                }
                return
            }
            if let value = parse(reply) {
                promise.succeed(value)
            } else {
                promise.fail(StoreError(.protocolViolation, "the store's answer is not what the script returns"))
            }
        }
    }
}

extension RedisStore {
    /// Makes the control connections on an event loop; called on that loop.
    package func makeControl(_ loop: any EventLoop, clock: @escaping () -> Microseconds) -> RedisControl {
        loop.preconditionInEventLoop()
        var settings = settings
        // The largest policy there may be, and some.
        settings.replyLimit = 20 << 20
        settings.budget = 2_000_000
        return RedisControl(lane: RedisLane(store: self, settings: settings, loop: loop, clock: clock))
    }
}
