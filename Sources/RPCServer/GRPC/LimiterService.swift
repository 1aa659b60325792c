import DecisionService
import LimitCore
import WireProtocol

/// `headgate.v1.Limiter`: the same messages and the same decisions as the compact framing.
enum LimiterService {
    static var service: GRPCService {
        GRPCService(
            name: "headgate.v1.Limiter",
            methods: [
                GRPCMethod("Check", .unary, role: .check, check),
                GRPCMethod("CheckMany", .unary, role: .check, checkMany),
                GRPCMethod("Settle", .unary, role: .check, settle),
                GRPCMethod("Renew", .unary, role: .check, renew),
                GRPCMethod("Report", .unary, role: .check, report),
            ],
            descriptors: PackageResources.headgate_v1_limiter_binpb
        )
    }

    private static func check(_ reply: GRPCReply, _ message: Span<UInt8>) throws(WireError) {
        let lane = reply.lane
        _ = try lane.decoder.decodeCheck(message, into: &lane.decisions.questions)
        lane.decisions.ask(reply.connection, ticket: UInt64(reply.slot), timeLeft: reply.timeLeft)
    }

    private static func checkMany(_ reply: GRPCReply, _ message: Span<UInt8>) throws(WireError) {
        let lane = reply.lane
        let checks = try lane.decoder.decodeCheckMany(message, into: &lane.decisions.questions)
        let call = CheckManyCall(count: checks.count, sink: reply.sink) { result in
            switch result {
            case .success(let responses): reply.succeed { $0.append(responses) }
            case .failure(let error): reply.fail(error)
            }
        }
        lane.decisions.askMany(call, count: checks.count, timeLeft: reply.timeLeft)
    }

    private static func settle(_ reply: GRPCReply, _ message: Span<UInt8>) throws(WireError) {
        let lane = reply.lane
        let request = try lane.decoder.decodeSettle(message)
        lane.decisions.settle(request, for: reply.sink, timeLeft: reply.timeLeft) { result in
            reply.finish(result) { response, out throws(WireError) in try lane.encoder.append(response, to: &out) }
        }
    }

    private static func renew(_ reply: GRPCReply, _ message: Span<UInt8>) throws(WireError) {
        let lane = reply.lane
        let request = try lane.decoder.decodeRenew(message)
        lane.decisions.renew(request, for: reply.sink, timeLeft: reply.timeLeft) { result in
            reply.finish(result) { response, out throws(WireError) in try lane.encoder.append(response, to: &out) }
        }
    }

    private static func report(_ reply: GRPCReply, _ message: Span<UInt8>) throws(WireError) {
        let lane = reply.lane
        let request = try lane.decoder.decodeReport(message)
        lane.decisions.report(request, for: reply.sink, timeLeft: reply.timeLeft) { result in
            reply.finish(result) { response, out throws(WireError) in try lane.encoder.append(response, to: &out) }
        }
    }
}
