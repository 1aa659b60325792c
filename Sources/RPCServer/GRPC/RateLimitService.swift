import DecisionService
import LimitCore
import WireProtocol

/// `envoy.service.ratelimit.v3.RateLimitService`: what Envoy asks before it passes a request on.
enum RateLimitService {
    static var service: GRPCService {
        GRPCService(
            name: "envoy.service.ratelimit.v3.RateLimitService",
            methods: [GRPCMethod("ShouldRateLimit", .unary, role: .check, shouldRateLimit)],
            descriptors: PackageResources.envoy_service_ratelimit_v3_rls_binpb
        )
    }

    private static func shouldRateLimit(_ reply: GRPCReply, _ message: Span<UInt8>) throws(WireError) {
        let lane = reply.lane
        let count = try lane.decoder.decodeRateLimit(message, into: &lane.decisions.questions)
        let call = RateLimitCall(count: count, reply: reply)
        lane.decisions.askTogether(call, count: count, timeLeft: reply.timeLeft)
    }
}
