import DecisionService
import LimitPolicy
import Logging
import NIOCore
import ServiceLifecycle

/// What changes how calls are decided while the daemon runs: operators, and replicas that warm up.
struct RuntimeControl: Sendable {
    let replicas: ReplicaRegister
    let operators: OperatorControl
    /// The way to what daemons share; nil for a store of this daemon's own.
    let link: ControlLink?
    private let source: PolicySource

    /// Throws where what an earlier run kept cannot be used.
    init(
        _ settings: DaemonSettings,
        _ source: PolicySource,
        _ store: StoreBackend,
        on loop: any EventLoop,
        logger: Logger
    ) async throws {
        self.source = source
        let register = source.register
        replicas = ReplicaRegister(register, realtime: Clocks.realtime(), monotonicNow: Clocks.monotonic)
        let file = settings.stateDirectory.map { StateFile.operators(in: $0) }
        switch store.kind {
        case .memory:
            link = nil
            operators = try Self.local(file, register, logger)
            await operators.poll()
        case .redis(let redis, _):
            let link = try await ControlLink(redis, on: loop)
            self.link = link
            let kept = Self.copy(file, logger)
            operators = OperatorControl(link, register: register, kept: kept, copy: file, logger: logger)
        }
    }

    /// Blocks and overrides that were kept and cannot be read are no reason to serve without them.
    private static func local(
        _ file: StateFile?,
        _ register: PolicyRegister,
        _ logger: Logger
    ) throws -> OperatorControl {
        if file == nil {
            logger.notice("operators' decisions are lost at a restart, --state-dir keeps them")
        }
        let content = try file?.read()
        do throws(AdminFailure) {
            let kept = try content.map { content throws(AdminFailure) in try OperatorCoding.decode(content) }
            let documents = MemoryDocuments(file, content: content)
            return OperatorControl(documents, register: register, kept: kept, copy: nil, logger: logger)
        } catch {
            throw SettingsError("\(file?.path ?? ""): \(error); move it away to start without it")
        }
    }

    /// The shared store has the document; its copy here is for a start while the store is out.
    private static func copy(_ file: StateFile?, _ logger: Logger) -> OperatorDocument? {
        do {
            return try file?.read().map { try OperatorCoding.decode($0) }
        } catch {
            logger.warning("operators' decisions not read", metadata: ["operators.problem": "\(error)"])
            return nil
        }
    }

    var services: [any Service] { [ReplicaSync(register: replicas, link: link)] }

    /// For the transport that serves operators.
    var administration: Administration {
        Administration(
            perform: { request throws(AdminFailure) in try await operators.perform(request) },
            reload: { () throws(AdminFailure) in try await source.reload(by: link) }
        )
    }
}
