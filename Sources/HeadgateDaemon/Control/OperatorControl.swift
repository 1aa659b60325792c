import DecisionService
import LimitCore
import LimitPolicy
import Logging
import RedisStore
import Synchronization

/// What operators have decided, in force in this daemon and kept where all daemons find it.
///
/// A change is written over the version it was made from, again where somebody else was first, and acts here when it
/// is kept. Changes made elsewhere come by `poll`. A document that cannot be read changes nothing.
final class OperatorControl: Sendable {
    private struct State {
        /// Of the document last seen; -1 before the first.
        var version: Int64
        var document: OperatorDocument
        /// Why the document of that version is not in force.
        var problem: String?
    }

    let register: PolicyRegister
    private let documents: any ControlDocuments
    /// Where the last good document of a shared store is kept.
    private let copy: StateFile?
    let logger: Logger
    private let state: Mutex<State>

    /// - Parameter kept: what an earlier run kept.
    init(
        _ documents: any ControlDocuments,
        register: PolicyRegister,
        kept: OperatorDocument?,
        copy: StateFile?,
        logger: Logger
    ) {
        self.documents = documents
        self.register = register
        self.copy = copy
        self.logger = logger
        let document = kept ?? OperatorDocument()
        state = Mutex(State(version: -1, document: document))
        register.setOperators(document.clients)
    }

    var status: StatusReport.Operators {
        state.withLock { state in
            StatusReport.Operators(
                version: max(0, state.version),
                clients: state.document.clients.count,
                problem: state.problem
            )
        }
    }

    func entry(of client: ClientDigest) -> OperatorEntry? {
        state.withLock { $0.document.clients[client] }?.pruned(at: Clocks.realtime())
    }

    /// Takes the document where it is another than the one known. A store that does not answer changes nothing.
    func poll() async {
        let known = state.withLock { $0.version }
        guard let found = try? await documents.read(known: known), found.version != known else { return }
        if found.version == 0 {
            await restore(over: known)
            return
        }
        guard let content = found.content else { return }
        do throws(AdminFailure) {
            let document = try OperatorCoding.decode(content)
            guard adopt(document, found.version, ifKnown: known) else { return }
            keep(content)
            logger.info(
                "operators' decisions taken",
                metadata: ["operators.version": "\(found.version)", "operators.clients": "\(document.clients.count)"]
            )
        } catch {
            state.withLock { state in
                state.version = found.version
                state.problem = error.description
            }
            logger.warning(
                "operators' decisions refused, those in force stay",
                metadata: ["operators.version": "\(found.version)", "operators.problem": "\(error)"]
            )
        }
    }

    /// Makes a change and returns what is decided about the client then.
    func change(_ change: OperatorChange, to client: ClientDigest) async throws(AdminFailure) -> OperatorEntry {
        for _ in 0..<Self.attempts {
            var (document, version, known) = try await newest()
            try document.apply(change, to: client, at: Clocks.realtime())
            let content = try OperatorCoding.encode(document)
            guard case .done(let written) = try await write(content, over: version) else { continue }
            _ = adopt(document, written, ifKnown: known)
            keep(content)
            return document.clients[client] ?? OperatorEntry()
        }
        throw .unavailable("other operators write at the same moment; ask again")
    }

    private static let attempts = 16

    /// The document that a change is to be made from, the version to write it over, and the one known here.
    private func newest() async throws(AdminFailure) -> (OperatorDocument, over: Int64, known: Int64) {
        let held = state.withLock { $0 }
        let found: RedisControl.Document
        do {
            found = try await documents.read(known: held.version)
        } catch {
            throw .unavailable("the store does not answer: \(error)")
        }
        // A store that came back empty is given back what is known here.
        if found.version == 0 { return (held.document, 0, held.version) }
        if found.version == held.version {
            if let problem = held.problem { throw .refused(problem) }
            return (held.document, held.version, held.version)
        }
        return (try OperatorCoding.decode(found.content ?? []), found.version, held.version)
    }

    private func write(_ content: [UInt8], over version: Int64) async throws(AdminFailure) -> RedisControl.Written {
        do {
            return try await put(content, over: version)
        } catch {
            throw .unavailable("it is not known to be kept: \(error)")
        }
    }

    /// The first version is the time in microseconds: a daemon that knew the document of a store that lost it must not
    /// take another one for the same.
    private func put(_ content: [UInt8], over version: Int64) async throws -> RedisControl.Written {
        let least = version == 0 ? Clocks.realtime() : 0
        return try await documents.write(content, over: version, atLeast: least)
    }

    /// Puts a document into force unless a later one is there; both happen in one step, so that the last one stays.
    private func adopt(_ document: OperatorDocument, _ version: Int64, ifKnown known: Int64) -> Bool {
        state.withLock { state in
            guard state.version == known || version > state.version else { return false }
            state = State(version: version, document: document)
            register.setOperators(document.clients)
            return true
        }
    }

    /// The store has no document. What is known here goes there: a store that lost its data did not mean it.
    private func restore(over known: Int64) async {
        var document = state.withLock { $0.document }
        document.prune(at: Clocks.realtime())
        guard !document.clients.isEmpty else {
            _ = adopt(document, 0, ifKnown: known)
            return
        }
        guard let content = try? OperatorCoding.encode(document),
            case .done(let version)? = try? await put(content, over: 0)
        else { return }
        _ = adopt(document, version, ifKnown: known)
        logger.notice(
            "operators' decisions given back to a store without any",
            metadata: ["operators.version": "\(version)"]
        )
    }

    private func keep(_ content: [UInt8]) {
        do throws(SettingsError) {
            try copy?.write(content)
        } catch {
            logger.warning("operators' decisions not kept", metadata: ["operators.problem": "\(error)"])
        }
    }
}
