import DecisionService
import Foundation
import LimitPolicy
import Logging
import RedisStore
import Synchronization
import Testing

@testable import HeadgateDaemon

@Suite(.timeLimit(.minutes(1)))
struct OperatorControlTests {
    /// A store that several daemons of a test share.
    private final class SharedDocuments: ControlDocuments {
        struct Out: Error {}
        private struct State {
            var version: Int64 = 0
            var content: [UInt8] = []
            var isOut = false
            /// So many writes find that somebody else was first.
            var conflicts = 0
        }
        private let state = Mutex(State())

        func read(known: Int64) async throws -> RedisControl.Document {
            try state.withLock { state in
                if state.isOut { throw Out() }
                return .init(version: state.version, content: state.version == known ? nil : state.content)
            }
        }

        func write(_ content: [UInt8], over version: Int64, atLeast least: Int64) async throws -> RedisControl.Written {
            try state.withLock { state in
                if state.isOut { throw Out() }
                if state.conflicts > 0 {
                    state.conflicts -= 1
                    return .conflict(version: state.version)
                }
                guard state.version == version else { return .conflict(version: state.version) }
                (state.version, state.content) = (max(version + 1, least), content)
                return .done(version: state.version)
            }
        }

        func put(_ text: String) {
            state.withLock { ($0.version, $0.content) = ($0.version + 1, Array(text.utf8)) }
        }
        func lose() { state.withLock { ($0.version, $0.content) = (0, []) } }
        func goOut(_ isOut: Bool) { state.withLock { $0.isOut = isOut } }
        func conflict(_ count: Int) { state.withLock { $0.conflicts = count } }
        var version: Int64 { state.withLock { $0.version } }
    }

    private static let policy = """
        tiers: { gold: {} }
        routes: [ { name: predict, route: /predict, limits: [ { name: own, rate: 20 per minute } ] } ]
        """

    private func daemon(
        _ documents: any ControlDocuments,
        kept: OperatorDocument? = nil,
        copy: StateFile? = nil
    ) throws -> OperatorControl {
        let register = PolicyRegister(try Policy.load(Array(Self.policy.utf8), name: "test"), now: 0)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return OperatorControl(documents, register: register, kept: kept, copy: copy, logger: logger)
    }

    private func block(_ client: String, at daemon: OperatorControl) async throws {
        _ = try await daemon.perform(AdminRequest(client: client, action: .change(.block(message: "")), by: "olga"))
    }

    private func isBlocked(_ client: String, at daemon: OperatorControl) -> Bool {
        daemon.entry(of: ClientDigest(of: client))?.block != nil
    }

    @Test func `changes at two daemons both stay, whoever is first`() async throws {
        let documents = SharedDocuments()
        let (one, two) = (try daemon(documents), try daemon(documents))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<10 {
                group.addTask { try await self.block("a\(index)", at: one) }
                group.addTask { try await self.block("b\(index)", at: two) }
            }
            try await group.waitForAll()
        }
        await one.poll()
        await two.poll()
        for index in 0..<10 {
            #expect(isBlocked("a\(index)", at: two) && isBlocked("b\(index)", at: one))
        }
        #expect(one.status == two.status && one.status.clients == 20 && one.status.version == documents.version)
    }

    @Test func `one who is never first is told so, and nothing is half done`() async throws {
        let documents = SharedDocuments()
        let one = try daemon(documents)
        documents.conflict(15)
        try await block("a", at: one)
        #expect(isBlocked("a", at: one))
        documents.conflict(16)
        await #expect(throws: AdminFailure.self) { try await block("b", at: one) }
        #expect(!isBlocked("b", at: one))
    }

    @Test(arguments: [
        "", "{", "[]", #"{"format":2,"clients":{}}"#, #"{"format":1}"#, #"{"format":1,"clients":{"alice":{}}}"#,
        #"{"format":1,"clients":{"sha256:00":{"overrides":{}}}}"#,
    ])
    func `a document that cannot be read changes nothing, is shown, and is not written over`(text: String) async throws
    {
        let documents = SharedDocuments()
        let one = try daemon(documents)
        try await block("a", at: one)
        documents.put(text)
        await one.poll()
        #expect(isBlocked("a", at: one) && one.status.problem != nil)
        let version = documents.version
        await #expect(throws: AdminFailure.self) { try await block("b", at: one) }
        #expect(documents.version == version && one.status.version == version)
        documents.put(#"{"format":1,"clients":{}}"#)
        await one.poll()
        #expect(!isBlocked("a", at: one) && one.status.problem == nil)
    }

    @Test func `a number out of bounds makes the whole document unreadable`() async throws {
        let client = "\(ClientDigest(of: "a"))"
        for number in ["-1", "9007199254740992"] {
            let signature = #""signature":{"by":"","at":1}"#
            let override = #"{"x/y":{"count":\#(number),\#(signature)}}"#
            let text = #"{"format":1,"clients":{"\#(client)":{"overrides":\#(override)}}}"#
            #expect(throws: AdminFailure.self) { try OperatorCoding.decode(Array(text.utf8)) }
            let good = text.replacing(number, with: "5")
            #expect(try OperatorCoding.decode(Array(good.utf8)).clients.count == 1)
        }
    }

    @Test func `with the store out a change is refused and what is known stays`() async throws {
        let documents = SharedDocuments()
        let one = try daemon(documents)
        try await block("a", at: one)
        documents.goOut(true)
        await one.poll()
        await #expect(throws: AdminFailure.self) { try await block("b", at: one) }
        #expect(isBlocked("a", at: one) && !isBlocked("b", at: one))
        documents.goOut(false)
        try await block("b", at: one)
        #expect(isBlocked("a", at: one) && isBlocked("b", at: one))
    }

    @Test func `a store that lost the document is given it back, by a poll or by the next change`() async throws {
        let documents = SharedDocuments()
        let one = try daemon(documents)
        try await block("a", at: one)
        documents.lose()
        await one.poll()
        let two = try daemon(documents)
        await two.poll()
        #expect(isBlocked("a", at: one) && isBlocked("a", at: two))
        documents.lose()
        try await block("b", at: two)
        await one.poll()
        #expect(isBlocked("a", at: one) && isBlocked("b", at: one))
    }

    @Test func `what is written is what is read`() throws {
        var document = OperatorDocument()
        let signature = OperatorEntry.Signature(by: "o\"lga", at: 5)
        let kinds: [OperatorChange.Kind] = [
            .block(message: "No: \u{1F6AB}"), .tier("gold"), .override(limit: "a/b", count: 0), .reset, .reset,
        ]
        for (index, kind) in kinds.enumerated() {
            for client in ["a", "b"] {
                let change = OperatorChange(kind: kind, until: client == "a" ? 100 : nil, signature: signature)
                try document.apply(change, to: ClientDigest(of: "\(client)\(index % 2)"), at: 5)
            }
        }
        #expect(try OperatorCoding.decode(try OperatorCoding.encode(document)) == document)
    }

    @Test func `in memory the file is whole and only its owner's, and a next run starts from it`() async throws {
        let directory = NSTemporaryDirectory() + "headgate-control-\(UUID().uuidString)/deep"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let file = StateFile.operators(in: directory)
        #expect(try file.read() == nil)
        let one = try daemon(MemoryDocuments(file, content: nil))
        await one.poll()
        for client in ["a", "b", "c"] { try await block(client, at: one) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["control.json"])
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let content = try #require(try file.read())
        let again = try daemon(MemoryDocuments(file, content: content), kept: try OperatorCoding.decode(content))
        #expect(isBlocked("a", at: again) && again.status.clients == 3)
        try await block("d", at: again)
        #expect(try OperatorCoding.decode(try #require(try file.read())).clients.count == 4)
    }

    @Test func `what cannot be kept is not in force`() async throws {
        let file = StateFile.operators(in: "/proc/nothing-can-be-made-here")
        let one = try daemon(MemoryDocuments(file, content: nil))
        await #expect(throws: AdminFailure.self) { try await block("a", at: one) }
        #expect(!isBlocked("a", at: one))
    }

    @Test func `the last good document of a shared store is copied`() async throws {
        let directory = NSTemporaryDirectory() + "headgate-control-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let file = StateFile.operators(in: directory)
        let documents = SharedDocuments()
        let (one, two) = (try daemon(documents), try daemon(documents, copy: file))
        try await block("a", at: one)
        await two.poll()
        #expect(try OperatorCoding.decode(try #require(try file.read())).clients.count == 1)
        documents.put("broken")
        await two.poll()
        #expect(try OperatorCoding.decode(try #require(try file.read())).clients.count == 1)
    }

    @Test func `a record says where the tier comes from and who decided what`() async throws {
        let one = try daemon(SharedDocuments())
        let before = try await one.perform(AdminRequest(client: "a", action: .show, by: ""))
        #expect(before.tier == nil && before.tierSource == "none" && before.decisions.isEmpty && !before.isBlocked)
        let tier = AdminRequest(client: "a", action: .change(.tier("gold")), until: "2h", by: "olga")
        let after = try await one.perform(tier)
        #expect(after.tier == "gold" && after.tierSource == "operator")
        let decision = try #require(after.decisions.first)
        #expect(decision.kind == "tier" && decision.by == "olga" && decision.until == decision.at + 7_200_000_000)
        let digest = "\(ClientDigest(of: "a"))"
        #expect(try await one.perform(AdminRequest(client: digest, action: .show, by: "")) == after)
    }
}
