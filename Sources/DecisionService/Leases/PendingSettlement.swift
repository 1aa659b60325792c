import LimitCore

/// A lease operation that waits for the next flush, and who waits for it.
struct PendingSettlement {
    var operation: LeaseOperation
    var isLocal: Bool
    var sink: (any AnswerSink)?
    var answer: (LeaseResult) -> Void
}

/// A renewal of several leases between its question and its last answer.
final class RenewCall {
    private var response: RenewResponse
    private var missing: Int
    private var isUnknown = false
    private let reply: (Result<RenewResponse, CallFailure>) -> Void

    init(count: Int, reply: @escaping (Result<RenewResponse, CallFailure>) -> Void) {
        response = RenewResponse(leases: Array(repeating: RenewResponse.Item(alive: false), count: count))
        missing = count
        self.reply = reply
    }

    var isAnswered: Bool { missing == 0 }

    /// Answers one lease; nil: the store did not.
    func answer(_ index: Int, _ item: RenewResponse.Item?) {
        if let item { response.leases[index] = item } else { isUnknown = true }
        missing -= 1
        guard missing == 0 else { return }
        reply(isUnknown ? .failure(.storeOut) : .success(response))
    }
}

extension CallFailure {
    /// Leases cannot be settled or renewed while the store is out. Clients keep the call running and try again.
    static let storeOut = CallFailure.unavailable("the store does not answer")
}
