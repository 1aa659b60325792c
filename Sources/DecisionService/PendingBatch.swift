import LimitCore
import LimitPolicy

/// A batch between its question and its last answer, with what the lane must remember of each check.
final class PendingBatch {
    struct Asker {
        var sink: any AnswerSink
        var ticket: UInt64
        /// The checks of the message this one came in, where it was one of several; empty where it came alone.
        var message: Range<Int>
        var isAnswered = false
    }

    let checks = CheckBatch()
    var policy: Policy
    var rulings: [Ruling] = []
    var askers: [Asker] = []
    var unanswered = 0

    init(policy: Policy) {
        self.policy = policy
    }

    var isEmpty: Bool { askers.isEmpty }

    func removeAll() {
        checks.removeAll()
        rulings.removeAll(keepingCapacity: true)
        askers.removeAll(keepingCapacity: true)
    }
}

/// What the policy made of a check.
enum Ruling {
    case priced(Pricing)
    case invalid(InvalidField)
}
