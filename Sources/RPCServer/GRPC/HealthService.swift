import WireProtocol

/// `grpc.health.v1.Health`: whether the daemon, and each service it serves, takes calls.
enum HealthService {
    static var service: GRPCService {
        GRPCService(
            name: "grpc.health.v1.Health",
            methods: [
                GRPCMethod("Check", .unary, role: nil, check),
                GRPCMethod("Watch", .serverStreaming, role: nil, watch),
            ],
            descriptors: PackageResources.grpc_health_v1_health_binpb
        )
    }

    /// All services of the daemon are served or not together. An unknown one is `serviceUnknown`.
    static func status(of service: String, on lane: RPCLane) -> ServingStatus {
        guard service.isEmpty || lane.services.names.contains(service) else { return .serviceUnknown }
        return lane.isServing ? .serving : .notServing
    }

    private static func check(_ reply: GRPCReply, _ message: Span<UInt8>) throws(WireError) {
        let status = status(of: try HealthMessages.decodeRequest(message), on: reply.lane)
        if status == .serviceUnknown { throw WireError(.notFound, "the service is not known") }
        reply.succeed { HealthMessages.append(status, to: &$0) }
    }

    private static func watch(_ reply: GRPCReply, _ message: Span<UInt8>) throws(WireError) {
        let service = try HealthMessages.decodeRequest(message)
        reply.connection.watch(HealthWatch(service: service), slot: reply.slot)
    }
}

/// A stream that is told of each change of a service's state.
struct HealthWatch {
    let service: String
    private var told: ServingStatus?

    init(service: String) {
        self.service = service
    }

    /// The state to tell, where it is not the one told last.
    mutating func change(on lane: RPCLane) -> ServingStatus? {
        let status = HealthService.status(of: service, on: lane)
        guard status != told else { return nil }
        told = status
        return status
    }
}
