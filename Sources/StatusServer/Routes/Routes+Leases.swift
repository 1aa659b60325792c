import DecisionService
import Hummingbird
import LimitCore
import WireProtocol

extension Routes {
    func settle(_ request: Request) async throws -> Response {
        let body = try await read(request)
        let settlement = try JSONRequests.decodeSettle(body.span)
        let timeLeft = timeLeft
        let response: SettleResponse = try await gate.perform { lane, reply in
            lane.settle(settlement, timeLeft: timeLeft, reply: reply)
        }
        return Answer.json(CheckCodec.line { JSONResponses.append(response, to: &$0) })
    }

    func renew(_ request: Request) async throws -> Response {
        let body = try await read(request)
        let renewal = try JSONRequests.decodeRenew(body.span)
        let timeLeft = timeLeft
        let response: RenewResponse = try await gate.perform { lane, reply in
            lane.renew(renewal, timeLeft: timeLeft, reply: reply)
        }
        return Answer.json(CheckCodec.line { JSONResponses.append(response, to: &$0) })
    }

    func replicaReport(_ request: Request) async throws -> Response {
        let body = try await read(request)
        let heartbeat = try JSONRequests.decodeReport(body.span)
        let timeLeft = timeLeft
        let response: ReportResponse = try await gate.perform { lane, reply in
            lane.report(heartbeat, timeLeft: timeLeft, reply: reply)
        }
        return Answer.json(CheckCodec.line { JSONResponses.append(response, to: &$0) })
    }
}
