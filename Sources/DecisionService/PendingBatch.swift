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
    /// What priced it, and with what its limits are called in the answers.
    var pricer: Pricer
    var rulings: [Ruling] = []
    var askers: [Asker] = []
    var unanswered = 0

    init(pricer: Pricer) {
        self.pricer = pricer
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
