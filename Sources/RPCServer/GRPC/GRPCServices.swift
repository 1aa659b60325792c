import DecisionService
import LimitCore
import WireProtocol

/// How many messages a method takes and gives.
enum GRPCShape {
    /// One and one. The method answers once: `GRPCReply.succeed` or `fail`, now or later.
    case unary
    /// One and many. The stream stays open until `GRPCReply.fail`, or until the peer leaves.
    case serverStreaming
    /// Many and many, each carried out as it comes; the stream ends with the peer's last one.
    case bidirectional
}

/// A method of a service.
final class GRPCMethod {
    let name: String
    let shape: GRPCShape
    /// Carries out a message. One that throws has asked nothing and answers nothing.
    let serve: (GRPCReply, Span<UInt8>) throws(WireError) -> Void
    /// What a caller's token must be for; nil for what everyone may ask.
    let role: Role?
    fileprivate var path: [UInt8] = []

    init(
        _ name: String,
        _ shape: GRPCShape = .unary,
        role: Role?,
        _ serve: @escaping (GRPCReply, Span<UInt8>) throws(WireError) -> Void
    ) {
        self.name = name
        self.shape = shape
        self.role = role
        self.serve = serve
    }
}

/// A service and its contract.
struct GRPCService {
    /// Full name: `headgate.v1.Limiter`.
    let name: String
    let methods: [GRPCMethod]
    /// The FileDescriptorSet that has it, as reflection hands it out.
    let descriptors: [UInt8]
}

/// All that the RPC port serves by gRPC. One for a lane.
struct GRPCServices {
    let names: [String]
    private let methods: [GRPCMethod]

    init() {
        var services = [
            LimiterService.service,
            RateLimitService.service,
            HealthService.service,
        ]
        services += ReflectionService.services(beside: services)
        names = services.map(\.name)
        methods = services.flatMap { service in
            for method in service.methods { method.path = Array("/\(service.name)/\(method.name)".utf8) }
            return service.methods
        }
    }

    /// The method of a path, `/headgate.v1.Limiter/Check`. The first are found first.
    func method(at path: Span<UInt8>) -> GRPCMethod? {
        for method in methods {
            let known = method.path
            if path.matches(known.span) { return method }
        }
        return nil
    }
}
